#include "tandem/machine/spatial/passes.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "tandem/core/check.h"
#include "tandem/machine/spatial/prices.h"

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

/// The choices with their shares cut to the layer's extents; those that become equal stand once.
std::vector<Choice> cut_to(const LayerWork& work, std::vector<Choice> choices) {
    std::vector<Choice> distinct;
    std::set<std::vector<std::int64_t>> seen;
    for (Choice& choice : choices) {
        std::vector<std::int64_t> key;
        for (Loop& loop : choice) {
            loop.iterations = std::min(loop.iterations, work.extent(loop.dimension));
            key.push_back(loop.iterations);
        }
        if (seen.insert(std::move(key)).second) distinct.push_back(std::move(choice));
    }
    return distinct;
}

/// The choices, each once, in their order.
std::vector<Choice> without_repeats(std::vector<Choice> choices) {
    std::vector<Choice> distinct;
    std::set<std::vector<std::int64_t>> seen;
    for (Choice& choice : choices) {
        std::vector<std::int64_t> key;
        for (const Loop& loop : choice) {
            key.push_back(static_cast<std::int64_t>(loop.dimension));
            key.push_back(loop.iterations);
        }
        if (seen.insert(std::move(key)).second) distinct.push_back(std::move(choice));
    }
    return distinct;
}

/// Shares that the free dataflow tries of an extent: the extent, and smaller powers of two and three times
/// them.
std::vector<std::int64_t> free_shares(std::int64_t most) {
    std::vector<std::int64_t> shares{most};
    for (std::int64_t power = 1; power < most; power *= 2) {
        shares.push_back(power);
        if (power > 1 && power / 2 * 3 < most) shares.push_back(power / 2 * 3);
    }
    return shares;
}

/// The ways to share out `places` over the dimensions, the last of which takes all that is left, in
/// which none could have a larger share, cut to the layer. Earlier dimensions get the large shares first.
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
    return cut_to(work, std::move(partial));
}

std::vector<std::array<Choice, kArrayAxes>> pair_up(const std::vector<Choice>& rows,
                                                    const std::vector<Choice>& columns) {
    std::vector<std::array<Choice, kArrayAxes>> pairs;
    for (const Choice& row : rows) {
        for (const Choice& column : columns) pairs.push_back({row, column});
    }
    return pairs;
}

/// Two dimensions at most on `places`, each share of the first with all that is left for the second: what
/// the free dataflow tries along an axis.
std::vector<Choice> spread_freely(std::int64_t places, const std::vector<Dimension>& dimensions,
                                  const LayerWork& work) {
    std::vector<Choice> choices;
    for (const Dimension first : dimensions) {
        for (const Dimension second : dimensions) {
            if (second == first && dimensions.size() > 1) continue;
            for (const std::int64_t share : free_shares(std::min(places, work.extent(first)))) {
                choices.push_back({Loop{.dimension = first, .iterations = share}});
                if (second != first) {
                    choices.back().push_back({.dimension = second, .iterations = places / share});
                }
            }
        }
    }
    // Choices of the same shares in another order are one.
    for (Choice& choice : choices) {
        for (Loop& loop : choice) loop.iterations = std::min(loop.iterations, work.extent(loop.dimension));
        std::erase_if(choice, [](const Loop& loop) { return loop.iterations == 1; });
        std::sort(choice.begin(), choice.end(),
                  [](const Loop& left, const Loop& right) { return left.dimension < right.dimension; });
    }
    return without_repeats(std::move(choices));
}

/// The dimensions of an axis: the file's where it names them, else the dataflow's. Groups count where the
/// layer has some.
std::vector<Dimension> axis_dimensions(const std::vector<Dimension>& of_file,
                                       const std::vector<Dimension>& of_dataflow, const LayerWork& work) {
    std::vector<Dimension> dimensions = of_file.empty() ? of_dataflow : of_file;
    if (work.groups == 1 && dimensions.size() > 1) std::erase(dimensions, Dimension::g);
    return dimensions;
}

/// docs/spatial-model.md, "Dataflows".
std::vector<std::array<Choice, kArrayAxes>> list_unrollings(const Description& machine,
                                                            const LayerWork& work) {
    using enum Dimension;
    const Array& array = machine.array;
    const auto rows = [&](const std::vector<Dimension>& own) {
        return axis_dimensions(machine.row_dimensions, own, work);
    };
    const auto columns = [&](const std::vector<Dimension>& own) {
        return axis_dimensions(machine.column_dimensions, own, work);
    };
    const auto laid_out = [&](const std::vector<Dimension>& down, const std::vector<Dimension>& along) {
        return pair_up(spread(array.rows, rows(down), work), spread(array.columns, columns(along), work));
    };
    switch (machine.dataflow) {
    case Dataflow::row_stationary: {
        // Filter rows down a column, so that partial sums meet; what is left of the column holds
        // further sets. Output rows along a row.
        const std::int64_t filter_rows = std::min(array.rows, work.extent(fy));
        std::vector<Choice> sets = spread(array.rows / filter_rows, rows({g, c, k, oy}), work);
        for (Choice& set : sets) set.insert(set.begin(), Loop{.dimension = fy, .iterations = filter_rows});
        return pair_up(sets, spread(array.columns, columns({oy, g, k}), work));
    }
    case Dataflow::output_stationary:
        if (array.is_systolic) return laid_out({n, oy, ox}, {g, k});
        return laid_out({oy, g, k}, {ox, g, k});
    case Dataflow::weight_stationary:
        if (array.is_systolic) return laid_out({g, c, fy, fx}, {g, k});
        return laid_out({g, c}, {g, k});
    case Dataflow::input_stationary:
        if (array.is_systolic) return laid_out({g, c, fy, fx}, {n, oy, ox});
        return laid_out({g, c}, {oy, ox});
    case Dataflow::free:
        return pair_up(spread_freely(array.rows, rows({k, c, oy, ox, fy, fx, g}), work),
                       spread_freely(array.columns, columns({k, c, oy, ox, fy, fx, g}), work));
    }
    TANDEM_CHECK(false, "a dataflow outside the enumeration");
}

/// Windows of a filter that the registers may hold: columns, then rows.
std::vector<std::array<std::int64_t, 2>> list_windows(const Description& machine, const LayerWork& work,
                                                      std::int64_t most) {
    const std::int64_t columns = std::min(work.extent(Dimension::fx), most);
    const std::int64_t rows = std::min(work.extent(Dimension::fy), most / columns);
    switch (machine.dataflow) {
    case Dataflow::row_stationary: return {{columns, 1}};
    case Dataflow::output_stationary: return {{columns, rows}};
    case Dataflow::free: {
        std::vector<std::array<std::int64_t, 2>> windows{{columns, rows}};
        if (rows > 1) windows.push_back({columns, 1});
        if (columns > 1) windows.push_back({1, 1});
        return windows;
    }
    case Dataflow::input_stationary:
    case Dataflow::weight_stationary: return {};
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
    const auto windows = list_windows(machine, work, window_words);
    if (windows.empty()) return {{}}; // one word, swept over
    std::vector<Choice> choices;
    for (const auto& [columns, rows] : windows) {
        const std::int64_t window = columns * rows;
        std::int64_t most_filters = 0;
        for (const std::int64_t channels : shares_up_to(window_words / window)) {
            const std::int64_t filters = std::min(sums, registers.filter_words / (window * channels));
            if (filters <= most_filters) continue;
            most_filters = filters;
            choices.push_back({Loop{.dimension = Dimension::c, .iterations = channels},
                               Loop{.dimension = Dimension::fy, .iterations = rows},
                               Loop{.dimension = Dimension::fx, .iterations = columns},
                               Loop{.dimension = Dimension::k, .iterations = filters}});
        }
    }
    return cut_to(work, std::move(choices));
}

/// The lanes of one word: along C where lanes may share a partial sum, along K; then none at all.
std::vector<Loop> list_lanes(const ProcessingElement& element, std::int64_t lanes) {
    std::vector<Loop> choices;
    if (element.adds_across_lanes) choices.push_back({.dimension = Dimension::c, .iterations = lanes});
    if (element.kind == ProcessingKind::bitserial) {
        if (lanes > 1) choices.push_back({.dimension = Dimension::k, .iterations = lanes});
    } else {
        // Partial-sum registers do not grow as operands shrink, so more lanes along K are not always better:
        // every count that a wider operand would have had stays a choice.
        std::int64_t last = 1;
        for (std::int64_t bits = element.maximum_bits; bits >= 1; --bits) {
            const std::int64_t count = element.maximum_bits / bits;
            if (count == last || count > lanes) continue;
            last = count;
            choices.push_back({.dimension = Dimension::k, .iterations = count});
        }
    }
    if (choices.empty() || lanes > 1) choices.push_back({.dimension = Dimension::c, .iterations = 1});
    return choices;
}

/// Cuts iterations down to what the layer has; loops of one iteration vanish.
class Cut {
  public:
    Cut(const LayerWork& work, const Loop& lanes) : left_(work.all_extents()) {
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

std::vector<Pass> list_passes(const Description& machine, const LayerWork& work) {
    const std::int64_t most_lanes = lanes_of(machine.processing_element, work.weight_bits, work.input_bits);
    TANDEM_CHECK(most_lanes >= 1, "an operand wider than a word");
    const auto unrollings = list_unrollings(machine, work);
    std::vector<Pass> passes;
    std::vector<std::int64_t> elements_busy;
    // What an element does depends on how much of a dimension is unrolled, not on the axis: of passes that
    // differ in nothing else the first stands for all.
    std::set<std::array<std::int64_t, 2 * kDimensions + 2>> seen;
    for (const Loop& lanes : list_lanes(machine.processing_element, most_lanes)) {
        const std::vector<Choice> register_loops = list_register_loops(machine, work, lanes);
        for (const auto& unrolling : unrollings) {
            for (const Choice& held : register_loops) {
                Cut cut(work, lanes);
                Pass pass;
                pass.lanes = lanes;
                pass.unrolled[1] = cut(unrolling[1]);
                pass.unrolled[0] = cut(unrolling[0]);
                pass.registers = cut(held);
                std::array<std::int64_t, 2 * kDimensions + 2> key;
                key.fill(1);
                std::int64_t busy = 1;
                for (const auto& axis : pass.unrolled) {
                    for (const Loop& loop : axis) {
                        key[index_of(loop.dimension)] *= loop.iterations;
                        busy *= loop.iterations;
                    }
                }
                for (const Loop& loop : pass.registers) {
                    key[kDimensions + index_of(loop.dimension)] *= loop.iterations;
                }
                key[2 * kDimensions] = static_cast<std::int64_t>(index_of(lanes.dimension));
                key[2 * kDimensions + 1] = lanes.iterations;
                if (!seen.insert(key).second) continue;
                passes.push_back(std::move(pass));
                elements_busy.push_back(busy);
            }
        }
    }
    std::vector<std::size_t> order(passes.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
        return elements_busy[left] > elements_busy[right];
    });
    std::vector<Pass> fullest_first;
    fullest_first.reserve(passes.size());
    for (const std::size_t place : order) fullest_first.push_back(std::move(passes[place]));
    return fullest_first;
}

} // namespace tandem::spatial
