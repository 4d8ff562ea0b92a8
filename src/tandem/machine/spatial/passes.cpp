#include "tandem/machine/spatial/passes.h"

#include <algorithm>
#include <set>

#include "tandem/core/check.h"

namespace tandem::spatial {

namespace {

/// A set of loops with their largest iterations.
using Choice = std::vector<Loop>;

/// Numbers up to `most`, falling: all of them while they are few, then 2 and 3 times powers of two.
std::vector<std::int64_t> shares_up_to(std::int64_t most) {
    constexpr std::int64_t kFew = 32;
    std::vector<std::int64_t> shares;
    for (std::int64_t share = 1; share <= std::min(most, kFew); ++share) shares.push_back(share);
    for (std::int64_t power = kFew; power <= most; power *= 2) {
        if (power > kFew) shares.push_back(power);
        if (power / 2 * 3 <= most) shares.push_back(power / 2 * 3);
    }
    std::reverse(shares.begin(), shares.end());
    return shares;
}

std::int64_t product_of(const Choice& choice) {
    std::int64_t product = 1;
    for (const Loop& loop : choice) product *= loop.iterations;
    return product;
}

/// The ways to share out `places` over the dimensions, the last of which takes all that is left, in
/// which none could have a larger share. Earlier dimensions get the large shares first. Shares are cut
/// to the layer's extents; ways that become equal stand once.
std::vector<Choice> spread(std::int64_t places, const std::vector<Dimension>& dimensions,
                           const LayerWork& work) {
    const std::vector<std::int64_t> shares = shares_up_to(places);
    std::vector<Choice> partial{{}};
    for (const Dimension dimension : dimensions) {
        std::vector<Choice> extended;
        for (const Choice& choice : partial) {
            const std::int64_t most = places / product_of(choice);
            const auto add = [&](std::int64_t iterations) {
                extended.push_back(choice);
                extended.back().push_back({.dimension = dimension, .iterations = iterations});
            };
            if (dimension == dimensions.back()) {
                add(most);
                continue;
            }
            for (const std::int64_t share : shares) {
                if (share <= most) add(share);
            }
        }
        partial = std::move(extended);
    }
    const auto could_grow = [&](const Choice& choice) {
        return std::any_of(choice.begin(), choice.end(), [&](const Loop& loop) {
            const auto larger =
                std::lower_bound(shares.begin(), shares.end(), loop.iterations, std::greater<>());
            if (larger == shares.begin() || loop.dimension == dimensions.back()) return false;
            return product_of(choice) / loop.iterations * *std::prev(larger) <= places;
        });
    };
    std::erase_if(partial, could_grow);
    std::vector<Choice> distinct;
    std::set<std::vector<std::int64_t>> seen;
    for (Choice& choice : partial) {
        std::vector<std::int64_t> key;
        for (Loop& loop : choice) {
            loop.iterations = std::min(loop.iterations, work.extent(loop.dimension));
            key.push_back(loop.iterations);
        }
        if (seen.insert(std::move(key)).second) distinct.push_back(std::move(choice));
    }
    return distinct;
}

std::vector<std::array<Choice, kArrayAxes>> pair_up(const std::vector<Choice>& rows,
                                                    const std::vector<Choice>& columns) {
    std::vector<std::array<Choice, kArrayAxes>> pairs;
    for (const Choice& row : rows) {
        for (const Choice& column : columns) pairs.push_back({row, column});
    }
    return pairs;
}

/// docs/spatial-model.md, "Dataflows".
std::vector<std::array<Choice, kArrayAxes>> list_unrollings(const Description& machine,
                                                            const LayerWork& work) {
    const Array& array = machine.array;
    switch (machine.dataflow) {
    case Dataflow::row_stationary: {
        // Filter rows down a column, so that partial sums meet; what is left of the column holds
        // further sets. Output rows along a row.
        const std::int64_t filter_rows = std::min(array.rows, work.extent(Dimension::fy));
        std::vector<Choice> rows =
            spread(array.rows / filter_rows, {Dimension::c, Dimension::k, Dimension::oy}, work);
        for (Choice& row : rows)
            row.insert(row.begin(), Loop{.dimension = Dimension::fy, .iterations = filter_rows});
        return pair_up(rows, spread(array.columns, {Dimension::oy, Dimension::k}, work));
    }
    case Dataflow::output_stationary:
        return pair_up(spread(array.rows, {Dimension::oy, Dimension::k}, work),
                       spread(array.columns, {Dimension::ox, Dimension::k}, work));
    case Dataflow::weight_stationary:
        return pair_up(spread(array.rows, {Dimension::c}, work), spread(array.columns, {Dimension::k}, work));
    }
    TANDEM_CHECK(false, "a dataflow outside the enumeration");
}

/// The largest sets of words that the registers hold together, in words along C and K.
std::vector<Choice> list_register_loops(const Description& machine, const LayerWork& work,
                                        const Loop& lanes) {
    const Registers& registers = machine.processing_element.registers;
    const std::int64_t window_words = std::min(registers.input_words, registers.filter_words);
    // With lanes along K a word of weights belongs to as many partial sums.
    const std::int64_t sums =
        registers.partial_sum_words / (lanes.dimension == Dimension::k ? lanes.iterations : 1);
    if (sums < 1) return {};
    std::int64_t filter_columns = 1;
    std::int64_t filter_rows = 1;
    switch (machine.dataflow) {
    case Dataflow::row_stationary: filter_columns = std::min(work.extent(Dimension::fx), window_words); break;
    case Dataflow::output_stationary:
        filter_columns = std::min(work.extent(Dimension::fx), window_words);
        filter_rows = std::min(work.extent(Dimension::fy), window_words / filter_columns);
        break;
    case Dataflow::weight_stationary: return {{}}; // one word of weights, swept over the whole output
    }
    const std::int64_t window = filter_columns * filter_rows;
    std::vector<Choice> choices;
    std::int64_t most_filters = 0;
    for (const std::int64_t channels : shares_up_to(window_words / window)) {
        const std::int64_t filters = std::min(sums, registers.filter_words / (window * channels));
        if (filters <= most_filters) continue;
        most_filters = filters;
        choices.push_back({Loop{.dimension = Dimension::c, .iterations = channels},
                           Loop{.dimension = Dimension::fy, .iterations = filter_rows},
                           Loop{.dimension = Dimension::fx, .iterations = filter_columns},
                           Loop{.dimension = Dimension::k, .iterations = filters}});
    }
    return choices;
}

/// The lanes of one word, along C or along K, at most `lanes`; then none at all.
std::vector<Loop> list_lanes(std::int64_t lanes, std::int64_t maximum_bits) {
    std::vector<Loop> choices{Loop{.dimension = Dimension::c, .iterations = lanes}};
    // Partial-sum registers do not grow as operands shrink, so more lanes along K are not always better:
    // every count that a wider operand would have had stays a choice.
    for (std::int64_t bits = 1; bits < maximum_bits; ++bits) {
        const std::int64_t count = maximum_bits / bits;
        const bool is_new = count != choices.back().iterations || choices.size() == 1;
        if (count > 1 && count <= lanes && is_new) {
            choices.push_back({.dimension = Dimension::k, .iterations = count});
        }
    }
    if (lanes > 1) choices.push_back({.dimension = Dimension::c, .iterations = 1});
    return choices;
}

/// Cuts iterations down to what the layer has; loops of one iteration vanish.
class Cut {
  public:
    Cut(const LayerWork& work, const Loop& lanes) : left_(work.extents) {
        auto& packed = left_[static_cast<std::size_t>(lanes.dimension)];
        packed = divide_up(packed, lanes.iterations);
    }

    std::vector<Loop> operator()(const Choice& choice) {
        std::vector<Loop> loops;
        for (Loop loop : choice) {
            std::int64_t& left = left_[static_cast<std::size_t>(loop.dimension)];
            loop.iterations = std::min(loop.iterations, left);
            left = divide_up(left, loop.iterations);
            if (loop.iterations > 1) loops.push_back(loop);
        }
        return loops;
    }

  private:
    std::array<std::int64_t, kDimensions> left_;
};

} // namespace

std::int64_t lanes_of(const ProcessingElement& element, int weight_bits, int input_bits) {
    const std::int64_t widest = std::max(weight_bits, input_bits);
    if (widest > element.maximum_bits) return 0;
    return element.kind == ProcessingKind::scalar ? 1 : element.maximum_bits / widest;
}

std::vector<Pass> list_passes(const Description& machine, const LayerWork& work) {
    const std::int64_t most_lanes = lanes_of(machine.processing_element, work.weight_bits, work.input_bits);
    TANDEM_CHECK(most_lanes >= 1, "an operand wider than a word");
    const auto unrollings = list_unrollings(machine, work);
    std::vector<Pass> passes;
    std::set<std::vector<std::int64_t>> seen;
    for (const Loop& lanes : list_lanes(most_lanes, machine.processing_element.maximum_bits)) {
        const std::vector<Choice> register_loops = list_register_loops(machine, work, lanes);
        for (const auto& unrolling : unrollings) {
            for (const Choice& held : register_loops) {
                Cut cut(work, lanes);
                Pass pass;
                pass.lanes = lanes;
                pass.unrolled[1] = cut(unrolling[1]);
                pass.unrolled[0] = cut(unrolling[0]);
                pass.registers = cut(held);
                std::vector<std::int64_t> key{static_cast<std::int64_t>(lanes.dimension), lanes.iterations};
                for (const auto* loops : {&pass.unrolled[0], &pass.unrolled[1], &pass.registers}) {
                    key.push_back(-1);
                    for (const Loop& loop : *loops) {
                        key.push_back(static_cast<std::int64_t>(loop.dimension));
                        key.push_back(loop.iterations);
                    }
                }
                if (seen.insert(std::move(key)).second) passes.push_back(std::move(pass));
            }
        }
    }
    const auto elements_busy = [](const Pass& pass) {
        std::int64_t busy = 1;
        for (const auto& axis : pass.unrolled) {
            for (const Loop& loop : axis) busy *= loop.iterations;
        }
        return busy;
    };
    std::stable_sort(passes.begin(), passes.end(), [&](const Pass& left, const Pass& right) {
        return elements_busy(left) > elements_busy(right);
    });
    return passes;
}

} // namespace tandem::spatial
