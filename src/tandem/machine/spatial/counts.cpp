#include "tandem/machine/spatial/counts.h"

#include <algorithm>
#include <numeric>

namespace tandem::spatial {

namespace {

constexpr std::size_t index(Dimension dimension) { return static_cast<std::size_t>(dimension); }
constexpr std::size_t kWeights = static_cast<std::size_t>(Operand::weights);
constexpr std::size_t kInputs = static_cast<std::size_t>(Operand::inputs);
constexpr std::size_t kOutputs = static_cast<std::size_t>(Operand::outputs);

constexpr std::array<Dimension, 2> kOutputAxes{Dimension::oy, Dimension::ox};
constexpr std::array<Dimension, 2> kFilterAxes{Dimension::fy, Dimension::fx};

/// Whether an operand's elements change along a dimension.
constexpr bool depends_on(std::size_t operand, Dimension dimension) {
    switch (dimension) {
    case Dimension::n:
    case Dimension::oy:
    case Dimension::ox: return operand != kWeights;
    case Dimension::k: return operand != kInputs;
    case Dimension::c:
    case Dimension::fy:
    case Dimension::fx: return operand != kOutputs;
    }
    return true;
}

/// How many of the loops of a dimension that an operand does not depend on bring it back.
enum Depth : std::size_t { kStays, kEachTile, kEachPass };
constexpr std::size_t kDepths = 3;

/// Sums over the tiles of one dimension, equations (1) to (4).
struct Sums {
    std::int64_t words = 0;
    std::int64_t steps = 0;
    std::array<std::int64_t, kDepths> visits{};
    std::array<std::int64_t, kDepths> copies{};
};

Sums sums_of(const Split& split) {
    Sums sums;
    const std::int64_t step = split.words_in_pass();
    const auto add = [&](std::int64_t tiles, std::int64_t values) {
        const std::int64_t words = split.words(values);
        sums.words += tiles * words;
        sums.steps += tiles * divide_up(words, split.unrolled);
        sums.visits[kEachTile] += tiles;
        sums.visits[kEachPass] += tiles * divide_up(words, step);
        sums.copies[kEachTile] += tiles * std::min(split.unrolled, words);
        sums.copies[kEachPass] +=
            tiles * (words / step * split.unrolled + std::min(split.unrolled, words % step));
    };
    add(split.extent / split.tile, split.tile);
    if (const std::int64_t rest = split.extent % split.tile; rest > 0) add(1, rest);
    sums.visits[kStays] = 1;
    sums.copies[kStays] = std::min(split.unrolled, split.words(split.extent));
    return sums;
}

/// The place of the innermost loop that changes an operand, counted from the outside, or -1.
template <class Iterations>
int innermost_change(const LoopOrder& order, std::size_t operand, const Iterations& iterations) {
    for (int place = static_cast<int>(kDimensions) - 1; place >= 0; --place) {
        const Dimension dimension = order[static_cast<std::size_t>(place)];
        if (depends_on(operand, dimension) && iterations(dimension) > 1) return place;
    }
    return -1;
}

/// For each dimension that the operand does not depend on, the loops outside its innermost change.
std::array<Depth, kDimensions> depths_of(const Schedule& schedule, std::size_t operand) {
    const int pass_change = innermost_change(schedule.pass_order, operand, [&](Dimension dimension) {
        return schedule.split(dimension).passes();
    });
    const int tile_change = innermost_change(
        schedule.tile_order, operand, [&](Dimension dimension) { return schedule.split(dimension).tiles(); });
    std::array<Depth, kDimensions> depths{};
    for (int place = 0; place < static_cast<int>(kDimensions); ++place) {
        const auto at = static_cast<std::size_t>(place);
        if (pass_change >= 0 || place < tile_change) depths[index(schedule.tile_order[at])] = kEachTile;
    }
    for (int place = 0; place < pass_change; ++place) {
        depths[index(schedule.pass_order[static_cast<std::size_t>(place)])] = kEachPass;
    }
    return depths;
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

/// How one axis of the input is cut: chunks of outputs inside tiles, chunks of taps inside tiles.
struct AxisCut {
    std::int64_t output_tile, output_chunk, tap_tile, tap_chunk;
};

/// Where the image lies along one axis. Only the sum of the pads is known; the smaller half stands
/// before the image.
struct AxisImage {
    std::int64_t before;
    std::int64_t size;
};
AxisImage image_of(const LayerWork& work, std::size_t axis) {
    const std::int64_t padded =
        input_extent(work, axis, work.extent(kOutputAxes[axis]), work.extent(kFilterAxes[axis]));
    return {.before = work.pads[axis] / 2, .size = std::max<std::int64_t>(1, padded - work.pads[axis])};
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

/// Sum of touched_inputs() over all chunks, equation (6).
std::int64_t sum_touched(const LayerWork& work, std::size_t axis, const AxisCut& cut) {
    const std::int64_t outputs = work.extent(kOutputAxes[axis]);
    const std::int64_t taps = work.extent(kFilterAxes[axis]);
    const AxisImage image = image_of(work, axis);
    const std::int64_t reach = (taps - 1) * work.dilations[axis];
    const auto is_inside = [&](std::int64_t output, std::int64_t length) {
        const std::int64_t first = output * work.strides[axis] - image.before;
        return first >= 0 && first + (length - 1) * work.strides[axis] + reach < image.size;
    };
    const auto over_taps = [&](std::int64_t output, std::int64_t length) {
        std::int64_t sum = 0;
        for (std::int64_t tile = 0; tile < taps; tile += cut.tap_tile) {
            const std::int64_t end = std::min(taps, tile + cut.tap_tile);
            for (std::int64_t tap = tile; tap < end; tap += cut.tap_chunk) {
                sum += touched_inputs(work, axis, output, length, tap, std::min(cut.tap_chunk, end - tap));
            }
        }
        return sum;
    };
    return sum_pieces(0, outputs, cut.output_tile, is_inside, [&](std::int64_t begin, std::int64_t length) {
        return sum_pieces(begin, begin + length, cut.output_chunk, is_inside, over_taps);
    });
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

/// Whether the filter window slides along OX inside the registers: OX is the innermost loop over
/// passes, and each pass has one output column.
bool slides(const Schedule& schedule) {
    if (schedule.split(Dimension::ox).words_in_pass() != 1) return false;
    for (std::size_t place = kDimensions; place-- > 0;) {
        const Dimension dimension = schedule.pass_order[place];
        if (schedule.split(dimension).passes() > 1) return dimension == Dimension::ox;
    }
    return false;
}

/// Input columns that enter one processing element, over all its filter columns, equation (8).
std::int64_t columns_into_element(const LayerWork& work, const Schedule& schedule, bool is_sliding) {
    const std::int64_t outputs = work.extent(Dimension::ox);
    const std::int64_t taps = work.extent(Dimension::fx);
    if (!is_sliding) return outputs * taps;
    const std::int64_t tile = schedule.split(Dimension::ox).tile;
    const std::int64_t held = schedule.split(Dimension::fx).registers;
    const auto columns = [&](std::int64_t length) {
        return taps / held * distinct_positions(work, 1, length, held) +
               (taps % held > 0 ? distinct_positions(work, 1, length, taps % held) : 0);
    };
    return outputs / tile * columns(tile) + (outputs % tile > 0 ? columns(outputs % tile) : 0);
}

/// Product over the dimensions that an operand does not depend on.
template <class Factor> std::int64_t product_of_others(std::size_t operand, const Factor& factor) {
    std::int64_t product = 1;
    for (const Dimension dimension : kAllDimensions) {
        if (!depends_on(operand, dimension)) product *= factor(index(dimension));
    }
    return product;
}

} // namespace

std::int64_t Moved::total() const {
    std::int64_t sum = 0;
    for (std::size_t operand = 0; operand < kOperands; ++operand) sum += read[operand] + written[operand];
    return sum;
}

std::int64_t touched_inputs(const LayerWork& work, std::size_t axis, std::int64_t first_output,
                            std::int64_t outputs, std::int64_t first_tap, std::int64_t taps) {
    const std::int64_t stride = work.strides[axis];
    const std::int64_t dilation = work.dilations[axis];
    const AxisImage image = image_of(work, axis);
    const std::int64_t first = first_output * stride + first_tap * dilation - image.before;
    const std::int64_t last = first + (outputs - 1) * stride + (taps - 1) * dilation;
    if (first >= 0 && last < image.size) return distinct_positions(work, axis, outputs, taps);
    // As equation (5), but only pairs inside the image: every position is counted at the pair of its
    // smallest output, so pairs that have such a predecessor are taken off.
    const std::int64_t common = std::gcd(stride, dilation);
    const std::int64_t shift = dilation / common;
    const std::int64_t again_taps = std::max<std::int64_t>(0, taps - stride / common);
    const std::int64_t again_outputs = std::max<std::int64_t>(0, outputs - shift);
    return pairs_inside(first, outputs, stride, taps, dilation, image.size) -
           pairs_inside(first + shift * stride, again_outputs, stride, again_taps, dilation, image.size);
}

Moved count_off_chip(const Description& machine, const LayerWork& work, const Schedule& schedule) {
    std::array<std::int64_t, kOperands> fetches{};
    for (std::size_t operand = 0; operand < kOperands; ++operand) {
        const int change = innermost_change(schedule.tile_order, operand, [&](Dimension dimension) {
            return schedule.split(dimension).tiles();
        });
        fetches[operand] = 1;
        for (int place = 0; place < change; ++place) {
            const Dimension dimension = schedule.tile_order[static_cast<std::size_t>(place)];
            if (!depends_on(operand, dimension)) fetches[operand] *= schedule.split(dimension).tiles();
        }
    }
    std::int64_t inputs = work.groups * work.extent(Dimension::n) * work.extent(Dimension::c);
    for (std::size_t axis = 0; axis < 2; ++axis) {
        const std::int64_t outputs = schedule.split(kOutputAxes[axis]).tile;
        const std::int64_t taps = schedule.split(kFilterAxes[axis]).tile;
        inputs *= sum_touched(work, axis, {outputs, outputs, taps, taps});
    }
    const std::int64_t outputs = elements(work, Operand::outputs);
    const std::int64_t unfinished = outputs * (fetches[kOutputs] - 1);
    const std::int64_t partial_sum_bits = machine.processing_element.partial_sum_bits;
    Moved moved;
    moved.read[kWeights] = elements(work, Operand::weights) * fetches[kWeights] * work.weight_bits;
    moved.read[kInputs] = inputs * fetches[kInputs] * work.input_bits;
    moved.read[kOutputs] = unfinished * partial_sum_bits;
    moved.written[kOutputs] = unfinished * partial_sum_bits + outputs * work.output_bits;
    return moved;
}

InnerCounts count_inner(const Description& machine, const LayerWork& work, const Schedule& schedule) {
    const ProcessingElement& element = machine.processing_element;
    std::array<Sums, kDimensions> sums;
    InnerCounts counts;
    counts.compute_cycles = work.groups;
    counts.word_operations = work.groups;
    std::int64_t accumulations = work.groups; // of single partial sums: lanes along K each have their own
    for (const Dimension dimension : kAllDimensions) {
        const std::size_t d = index(dimension);
        sums[d] = sums_of(schedule.splits[d]);
        counts.compute_cycles *= sums[d].steps;
        counts.word_operations *= sums[d].words;
        accumulations *= depends_on(kOutputs, dimension) ? work.extents[d] : sums[d].words;
    }
    std::array<std::int64_t, kOperands> visits{};
    std::array<std::int64_t, kOperands> copies{};
    for (std::size_t operand = 0; operand < kOperands; ++operand) {
        const std::array<Depth, kDimensions> depths = depths_of(schedule, operand);
        visits[operand] =
            product_of_others(operand, [&](std::size_t d) { return sums[d].visits[depths[d]]; });
        copies[operand] =
            product_of_others(operand, [&](std::size_t d) { return sums[d].copies[depths[d]]; });
    }

    const std::int64_t weights = elements(work, Operand::weights);
    const std::int64_t outputs = elements(work, Operand::outputs);
    const std::int64_t channels = work.groups * work.extent(Dimension::n) * work.extent(Dimension::c);
    const bool is_sliding = slides(schedule);
    std::int64_t inputs = channels; // distinct in each pass
    for (std::size_t axis = 0; axis < 2; ++axis) {
        const Split& output = schedule.split(kOutputAxes[axis]);
        const Split& filter = schedule.split(kFilterAxes[axis]);
        const bool is_swept = axis == 1 && is_sliding;
        inputs *= sum_touched(work, axis,
                              {output.tile, is_swept ? output.tile : output.words_in_pass(), filter.tile,
                               filter.words_in_pass()});
    }
    const std::int64_t inputs_into_elements = channels * work.extent(Dimension::oy) *
                                              work.extent(Dimension::fy) *
                                              columns_into_element(work, schedule, is_sliding);
    const std::int64_t unfinished = outputs * (visits[kOutputs] - 1);

    counts.spills_partial_sums = unfinished > 0;
    counts.buffer.read = {weights * visits[kWeights] * work.weight_bits,
                          inputs * visits[kInputs] * work.input_bits, unfinished * element.partial_sum_bits};
    counts.buffer.written[kOutputs] = unfinished * element.partial_sum_bits + outputs * work.output_bits;
    counts.array.read = {weights * copies[kWeights] * work.weight_bits,
                         inputs_into_elements * copies[kInputs] * work.input_bits,
                         unfinished * element.partial_sum_bits};
    counts.array.written[kOutputs] = outputs * copies[kOutputs] * element.partial_sum_bits;
    counts.registers.read = {counts.word_operations * element.maximum_bits,
                             counts.word_operations * element.maximum_bits,
                             (accumulations + outputs * copies[kOutputs]) * element.partial_sum_bits};
    counts.registers.written = {counts.array.read[kWeights], counts.array.read[kInputs],
                                (accumulations + unfinished) * element.partial_sum_bits};
    return counts;
}

std::array<std::int64_t, kOperands> tile_bits(const LayerWork& work, const Schedule& schedule,
                                              std::int64_t output_bits) {
    const auto tile = [&](Dimension dimension) { return schedule.split(dimension).tile; };
    std::int64_t inputs = tile(Dimension::n) * tile(Dimension::c) * work.input_bits;
    for (std::size_t axis = 0; axis < 2; ++axis) {
        const std::int64_t touched =
            distinct_positions(work, axis, tile(kOutputAxes[axis]), tile(kFilterAxes[axis]));
        inputs *= std::min(touched, image_of(work, axis).size);
    }
    return {tile(Dimension::k) * tile(Dimension::c) * tile(Dimension::fy) * tile(Dimension::fx) *
                work.weight_bits,
            inputs,
            tile(Dimension::n) * tile(Dimension::k) * tile(Dimension::oy) * tile(Dimension::ox) *
                output_bits};
}

} // namespace tandem::spatial
