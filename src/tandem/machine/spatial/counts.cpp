#include "tandem/machine/spatial/counts.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "tandem/core/check.h"

namespace tandem::spatial {

namespace {

constexpr std::size_t kWeights = index_of(Operand::weights);
constexpr std::size_t kInputs = index_of(Operand::inputs);

/// Pieces of a dimension of equal length: a cut of a cut leaves few different ones.
struct Pieces {
    std::int64_t length = 1;
    std::int64_t count = 1;
};

/// Every piece cut into pieces of `size` and what is left.
std::vector<Pieces> cut(const std::vector<Pieces>& pieces, std::int64_t size) {
    std::vector<Pieces> finer;
    const auto add = [&](std::int64_t length, std::int64_t count) {
        if (length == 0 || count == 0) return;
        for (Pieces& known : finer) {
            if (known.length != length) continue;
            known.count += count;
            return;
        }
        finer.push_back({length, count});
    };
    for (const Pieces& piece : pieces) {
        add(size, piece.count * (piece.length / size));
        add(piece.length % size, piece.count);
    }
    return finer;
}

/// The pieces at each depth up to the last tile.
std::vector<std::vector<Pieces>> pieces_of(const Split& split, std::size_t blocks) {
    std::vector<std::vector<Pieces>> by_depth{{{split.extent(), 1}}};
    for (std::size_t b = 1; b < blocks; ++b) by_depth.push_back(cut(by_depth.back(), split.tile[b]));
    return by_depth;
}

/// Words that a piece of a depth is packed into, by the tiles inside it.
std::int64_t words_in(const Split& split, std::size_t blocks, std::size_t depth, std::int64_t length) {
    if (split.lanes == 1) return length;
    std::vector<Pieces> pieces{{length, 1}};
    for (std::size_t b = depth + 1; b < blocks; ++b) pieces = cut(pieces, split.tile[b]);
    std::int64_t words = 0;
    for (const Pieces& piece : pieces) words += piece.count * split.words(piece.length);
    return words;
}

/// Sum of `value(begin, length)` over the pieces of [begin, end). Away from the padding all full pieces
/// have the same value, which is asked for once.
template <class IsInside, class Value> std::int64_t sum_pieces(std::int64_t begin, std::int64_t end,
                                                               std::int64_t piece, const IsInside& is_inside,
                                                               const Value& value) {
    const std::int64_t full = (end - begin) / piece;
    std::int64_t sum = 0;
    std::int64_t first = 0;
    std::int64_t last = full;
    const auto start = [&](std::int64_t i) { return begin + i * piece; };
    for (; first < last && !is_inside(start(first), piece); ++first) sum += value(start(first), piece);
    for (; last > first && !is_inside(start(last - 1), piece); --last) sum += value(start(last - 1), piece);
    if (first < last) sum += (last - first) * value(start(first), piece);
    if (start(full) < end) sum += value(start(full), end - start(full));
    return sum;
}

/// The same over pieces of pieces: `sizes` from the outside in.
template <class IsInside, class Value>
std::int64_t sum_nested(std::int64_t begin, std::int64_t end, std::span<const std::int64_t> sizes,
                        const IsInside& is_inside, const Value& value) {
    if (sizes.empty()) return value(begin, end - begin);
    return sum_pieces(begin, end, sizes.front(), is_inside, [&](std::int64_t first, std::int64_t length) {
        return sum_nested(first, first + length, sizes.subspan(1), is_inside, value);
    });
}

/// The sizes that cut a dimension down to the pieces of a depth; a pass is the last one.
std::vector<std::int64_t> sizes_to(const Split& split, std::size_t blocks, std::size_t depth) {
    std::vector<std::int64_t> sizes;
    for (std::size_t b = 1; b <= depth && b < blocks; ++b) {
        if (split.tile[b] < split.tile[b - 1]) sizes.push_back(split.tile[b]);
    }
    if (depth == blocks) sizes.push_back(split.words_in_pass() * split.lanes);
    return sizes;
}

/// Pairs (output, tap) whose input position lies inside the image; `first` is the first pair's.
std::int64_t pairs_inside(std::int64_t first, std::int64_t outputs, std::int64_t stride, std::int64_t taps,
                          std::int64_t dilation, std::int64_t size) {
    std::int64_t pairs = 0;
    for (std::int64_t tap = 0; tap < taps; ++tap) {
        const std::int64_t position = first + tap * dilation;
        const std::int64_t skipped = position >= 0 ? 0 : divide_up(-position, stride);
        const std::int64_t before_end = position >= size ? 0 : divide_up(size - position, stride);
        pairs += std::max<std::int64_t>(0, std::min(outputs, before_end) - std::min(outputs, skipped));
    }
    return pairs;
}

/// Distinct positions of `outputs` outputs and `taps` taps on an endless axis, equation (5): positions
/// coincide when the output moves by dilation / g and the tap back by stride / g.
std::int64_t distinct_positions(const LayerWork& work, std::size_t axis, std::int64_t outputs,
                                std::int64_t taps) {
    const std::int64_t common = std::gcd(work.strides[axis], work.dilations[axis]);
    const std::int64_t again_outputs = outputs - work.dilations[axis] / common;
    const std::int64_t again_taps = taps - work.strides[axis] / common;
    if (again_outputs <= 0 || again_taps <= 0) return outputs * taps;
    return outputs * taps - again_outputs * again_taps;
}

} // namespace

Sums sums_of(const Split& split, std::size_t blocks) {
    Sums sums;
    const auto by_depth = pieces_of(split, blocks);
    for (std::size_t depth = 0; depth < blocks; ++depth) {
        for (const Pieces& piece : by_depth[depth]) {
            sums.visits[depth] += piece.count;
            sums.copies[depth] +=
                piece.count * std::min(split.unrolled, words_in(split, blocks, depth, piece.length));
        }
    }
    const std::int64_t step = split.words_in_pass();
    for (const Pieces& piece : by_depth.back()) {
        const std::int64_t words = split.words(piece.length);
        const std::int64_t rest = words % step;
        sums.words += piece.count * words;
        sums.steps += piece.count * (words / step * split.registers + divide_up(rest, split.unrolled));
        sums.visits[blocks] += piece.count * divide_up(words, step);
        sums.copies[blocks] += piece.count * (words / step * split.unrolled + std::min(split.unrolled, rest));
    }
    return sums;
}

std::int64_t touched_at(const LayerWork& work, std::size_t axis, const Split& outputs, const Split& taps,
                        std::size_t blocks, std::size_t depth, Window window) {
    const std::int64_t before = padding_before(work, axis);
    const std::int64_t size = image_size(work, axis);
    const std::int64_t reach = (taps.extent() - 1) * work.dilations[axis];
    const auto is_inside = [&](std::int64_t output, std::int64_t length) {
        const std::int64_t first = output * work.strides[axis] - before;
        return first >= 0 && first + (length - 1) * work.strides[axis] + reach < size;
    };
    const auto everywhere = [](std::int64_t, std::int64_t) { return false; };
    const std::size_t output_depth = window == Window::sweeps ? depth - 1 : depth;
    const std::vector<std::int64_t> output_sizes = sizes_to(outputs, blocks, output_depth);
    const std::vector<std::int64_t> tap_sizes = sizes_to(taps, blocks, depth);
    return sum_nested(0, outputs.extent(), output_sizes, is_inside,
                      [&](std::int64_t output, std::int64_t length) {
                          return sum_nested(0, taps.extent(), tap_sizes, everywhere,
                                            [&](std::int64_t tap, std::int64_t count) {
                                                return touched_inputs(work, axis, output, length, tap, count);
                                            });
                      });
}

std::int64_t columns_into_elements(const LayerWork& work, const Split& outputs, const Split& taps,
                                   std::size_t blocks, Window window) {
    if (window == Window::jumps) return outputs.extent() * taps.extent();
    const std::vector<Pieces> sweeps = pieces_of(outputs, blocks).back();
    const auto passes = cut(pieces_of(taps, blocks).back(), taps.words_in_pass());
    std::int64_t columns = 0;
    for (const Pieces& sweep : sweeps) {
        for (const Pieces& pass : passes) {
            // One element holds all taps of a pass, or each element one.
            const std::int64_t elements = std::min(taps.unrolled, pass.length);
            columns += sweep.count * pass.count * elements *
                       distinct_positions(work, 1, sweep.length, pass.length / elements);
        }
    }
    return columns;
}

Innermost innermost_of(const LoopOrder& order, std::uint32_t set) {
    Innermost innermost;
    std::uint32_t outside = 0;
    for (const Dimension dimension : order) {
        const std::uint32_t bit = 1U << index_of(dimension);
        if ((set & bit) != 0) innermost = {.dimension = dimension, .outside = outside};
        outside |= bit;
    }
    return innermost;
}

Visits visits_of(Operand operand, const Placement& placement, const SumsOf& sums) {
    Visits visits;
    const auto add = [&](Dimension dimension) {
        const std::size_t d = index_of(dimension);
        const std::size_t depth = placement.depth(d);
        visits.visits *= sums[d]->visits[depth];
        visits.copies *= sums[d]->copies[depth];
    };
    switch (operand) {
    case Operand::weights:
        add(Dimension::n);
        add(Dimension::oy);
        add(Dimension::ox);
        break;
    case Operand::inputs: add(Dimension::k); break;
    case Operand::outputs:
        add(Dimension::c);
        add(Dimension::fy);
        add(Dimension::fx);
        break;
    }
    return visits;
}

bool may_slide(const LayerWork& work, const Split& columns, const Split& taps) {
    return columns.words_in_pass() == 1 && (taps.unrolled == 1 || taps.registers == 1) &&
           work.dilations[1] == 1;
}

void MemoryCounts::add_as_parent(Operand operand, const Crossing& crossing) {
    if (operand != Operand::outputs) read[index_of(operand)] += crossing.in;
    sums_read += crossing.spilled;
    sums_written += crossing.spilled;
    finished_written += crossing.finished;
}

void MemoryCounts::add_as_child(Operand operand, const Crossing& crossing) {
    if (operand != Operand::outputs) written[index_of(operand)] += crossing.in;
    sums_read += crossing.spilled;
    sums_written += crossing.spilled;
    finished_read += crossing.finished;
}

namespace {

/// Counts one schedule by hand, without what a Scorer remembers.
class Counter {
  public:
    Counter(const LayerWork& work, const Schedule& schedule)
        : work_(work), schedule_(schedule), blocks_(schedule.blocks) {
        for (std::size_t d = 0; d < kDimensions; ++d) {
            all_sums_[d] = sums_of(schedule.splits[d], blocks_);
            sums_[d] = &all_sums_[d];
        }
        for (std::size_t b = 0; b < blocks_; ++b) looping_[b] = schedule.looping(b);
        const std::uint32_t passes = looping_[blocks_ - 1];
        is_sliding_ = passes != 0 &&
                      may_slide(work, schedule.split(Dimension::ox), schedule.split(Dimension::fx)) &&
                      innermost_of(schedule.orders[blocks_ - 1], passes).dimension == Dimension::ox;
    }

    Counts run() {
        Counts counts;
        counts.memories.resize(schedule_.held.size());
        counts.holds_sums.resize(schedule_.held.size());
        for (const Operand operand : kAllOperands) cross(operand, counts);
        count_array(counts.array);
        return counts;
    }

  private:
    Placement place(Operand operand, std::size_t depth) const {
        const std::uint32_t own = dimensions_of(operand);
        for (std::size_t block = depth; block-- > 0;) {
            const std::uint32_t changing = looping_[block] & own;
            if (changing == 0) continue;
            return {.base = block, .deeper = innermost_of(schedule_.orders[block], changing).outside & ~own};
        }
        return {};
    }

    Crossing crossing(Operand operand, std::size_t depth) const {
        const std::int64_t visits = visits_of(operand, place(operand, depth), sums_).visits;
        switch (operand) {
        case Operand::weights: return {.in = elements(work_, Operand::weights) * visits};
        case Operand::inputs: return {.in = inputs_at(depth) * visits};
        case Operand::outputs: {
            const std::int64_t outputs = elements(work_, Operand::outputs);
            return {.finished = outputs, .spilled = outputs * (visits - 1)};
        }
        }
        TANDEM_CHECK(false, "an operand outside the enumeration");
    }

    std::int64_t inputs_at(std::size_t depth) const {
        const auto touched = [&](std::size_t axis, Dimension outputs, Dimension taps, Window window) {
            return touched_at(work_, axis, schedule_.split(outputs), schedule_.split(taps), blocks_, depth,
                              window);
        };
        const Window along_columns = depth == blocks_ && is_sliding_ ? Window::sweeps : Window::jumps;
        return channels() * touched(0, Dimension::oy, Dimension::fy, Window::jumps) *
               touched(1, Dimension::ox, Dimension::fx, along_columns);
    }

    std::int64_t channels() const {
        return work_.groups * work_.extent(Dimension::n) * work_.extent(Dimension::c);
    }

    /// Follows an operand from the outermost memory into the array.
    void cross(Operand operand, Counts& counts) const {
        std::size_t parent = 0;
        for (std::size_t m = 1; m <= schedule_.held.size(); ++m) {
            const bool is_array = m == schedule_.held.size();
            if (!is_array && schedule_.held[m][index_of(operand)] == kBypassed) continue;
            const std::size_t depth =
                is_array ? blocks_ : static_cast<std::size_t>(schedule_.held[m][index_of(operand)]);
            const Crossing crossed = crossing(operand, depth);
            counts.memories[parent].add_as_parent(operand, crossed);
            if (crossed.spilled > 0) counts.holds_sums[parent] = true;
            if (is_array) return;
            counts.memories[m].add_as_child(operand, crossed);
            parent = m;
        }
    }

    void count_array(ArrayCounts& array) const {
        array.steps = 1;
        array.word_operations = 1;
        array.accumulations = 1;
        for (const Dimension dimension : kAllDimensions) {
            const Sums& sums = all_sums_[index_of(dimension)];
            array.steps *= sums.steps;
            array.word_operations *= sums.words;
            array.accumulations *=
                depends_on(Operand::outputs, dimension) ? work_.extent(dimension) : sums.words;
        }
        const auto at_array = [&](Operand operand) {
            return visits_of(operand, place(operand, blocks_), sums_);
        };
        const std::int64_t outputs = elements(work_, Operand::outputs);
        const Visits sums = at_array(Operand::outputs);
        array.entered[kWeights] = elements(work_, Operand::weights) * at_array(Operand::weights).copies;
        array.entered[kInputs] =
            channels() * work_.extent(Dimension::oy) * work_.extent(Dimension::fy) *
            columns_into_elements(work_, schedule_.split(Dimension::ox), schedule_.split(Dimension::fx),
                                  blocks_, is_sliding_ ? Window::sweeps : Window::jumps) *
            at_array(Operand::inputs).copies;
        array.sums_entered = outputs * (sums.visits - 1);
        array.sums_left = outputs * sums.copies;
    }

    const LayerWork& work_;
    const Schedule& schedule_;
    std::size_t blocks_;
    std::array<std::uint32_t, kMostBlocks> looping_{};
    std::array<Sums, kDimensions> all_sums_;
    SumsOf sums_{};
    bool is_sliding_ = false;
};

} // namespace

Counts count(const LayerWork& work, const Schedule& schedule) { return Counter(work, schedule).run(); }

std::int64_t tile_elements(const LayerWork& work, const Schedule& schedule, Operand operand,
                           std::size_t depth) {
    const auto tile = [&](Dimension dimension) { return schedule.split(dimension).tile[depth]; };
    std::int64_t count = tile(Dimension::g);
    switch (operand) {
    case Operand::weights:
        return count * tile(Dimension::k) * tile(Dimension::c) * tile(Dimension::fy) * tile(Dimension::fx);
    case Operand::inputs:
        count *= tile(Dimension::n) * tile(Dimension::c);
        count *= std::min(distinct_positions(work, 0, tile(Dimension::oy), tile(Dimension::fy)),
                          image_size(work, 0));
        return count * std::min(distinct_positions(work, 1, tile(Dimension::ox), tile(Dimension::fx)),
                                image_size(work, 1));
    case Operand::outputs:
        return count * tile(Dimension::n) * tile(Dimension::k) * tile(Dimension::oy) * tile(Dimension::ox);
    }
    TANDEM_CHECK(false, "an operand outside the enumeration");
}

std::int64_t touched_inputs(const LayerWork& work, std::size_t axis, std::int64_t first_output,
                            std::int64_t outputs, std::int64_t first_tap, std::int64_t taps) {
    const std::int64_t stride = work.strides[axis];
    const std::int64_t dilation = work.dilations[axis];
    const std::int64_t size = image_size(work, axis);
    const std::int64_t first = first_output * stride + first_tap * dilation - padding_before(work, axis);
    const std::int64_t last = first + (outputs - 1) * stride + (taps - 1) * dilation;
    if (first >= 0 && last < size) return distinct_positions(work, axis, outputs, taps);
    // As equation (5), but only pairs inside the image: every position is counted at the pair of its
    // smallest output, so pairs that have such a predecessor are taken off.
    const std::int64_t common = std::gcd(stride, dilation);
    const std::int64_t shift = dilation / common;
    const std::int64_t again_taps = std::max<std::int64_t>(0, taps - stride / common);
    const std::int64_t again_outputs = std::max<std::int64_t>(0, outputs - shift);
    return pairs_inside(first, outputs, stride, taps, dilation, size) -
           pairs_inside(first + shift * stride, again_outputs, stride, again_taps, dilation, size);
}

std::int64_t padding_before(const LayerWork& work, std::size_t axis) { return work.pads[axis] / 2; }

std::int64_t image_size(const LayerWork& work, std::size_t axis) {
    constexpr std::array<std::array<Dimension, 2>, 2> kAxes{
        {{Dimension::oy, Dimension::fy}, {Dimension::ox, Dimension::fx}}};
    const std::int64_t padded =
        input_extent(work, axis, work.extent(kAxes[axis][0]), work.extent(kAxes[axis][1]));
    return std::max<std::int64_t>(1, padded - work.pads[axis]);
}

} // namespace tandem::spatial
