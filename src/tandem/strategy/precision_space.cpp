#include "tandem/strategy/precision_space.h"

#include <algorithm>
#include <functional>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tandem {

namespace {

constexpr IntegerRange kWidths{.minimum = 1, .maximum = kMaximumBits};

void describe_widths(Fields& fields, FieldInfo info, std::vector<int>& widths) {
    std::vector<std::int64_t> wide(widths.begin(), widths.end());
    fields.integers(info, wide, kWidths);
    widths.assign(wide.begin(), wide.end());
}

bool has_own_bits(const PrecisionSpace& space, std::size_t layer, std::size_t layers) {
    return space.first_last_bits && (layer == 0 || layer + 1 == layers);
}

/// `choose` gives the one of a list of widths that an operand takes.
template <class Choose>
Strategy make_strategy(const PrecisionSpace& space, const Network& network, const Choose& choose) {
    Strategy strategy;
    const std::vector<const Node*> nodes = layers(network);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const bool is_given = has_own_bits(space, i, nodes.size());
        strategy.layers.push_back(
            {.layer = nodes[i]->name,
             .weight_bits = is_given ? *space.first_last_bits : choose(space.weight_bits),
             .activation_bits = is_given ? *space.first_last_bits : choose(space.activation_bits)});
    }
    return strategy;
}

/// The widths between two that are drawn, both included.
std::span<const int> draw_part(const std::vector<int>& widths, Random& random) {
    const auto draw = [&] { return static_cast<std::size_t>(random.below(widths.size())); };
    const auto [first, last] = std::minmax({draw(), draw()});
    return std::span(widths).subspan(first, last - first + 1);
}

bool has(const std::vector<int>& widths, int bits) {
    return std::find(widths.begin(), widths.end(), bits) != widths.end();
}

} // namespace

void describe(Fields& fields, PrecisionSpace& space) {
    describe_widths(fields, {"weight_bits", "that weights may have, rising", Presence::required},
                    space.weight_bits);
    describe_widths(fields, {"activation_bits", "that a layer's input may have, rising", Presence::required},
                    space.activation_bits);
    std::optional<std::int64_t> wide = space.first_last_bits;
    fields.optional_integer({"first_last_bits", "of the first and the last layer"}, wide, kWidths);
    if (wide) space.first_last_bits = static_cast<int>(*wide);
}

bool has_rising_widths(const PrecisionSpace& space) {
    const auto rises = [](const std::vector<int>& widths) {
        return !widths.empty() &&
               std::adjacent_find(widths.begin(), widths.end(), std::greater_equal<>()) == widths.end();
    };
    return rises(space.weight_bits) && rises(space.activation_bits);
}

Strategy widest_strategy(const PrecisionSpace& space, const Network& network) {
    const auto last = [](const std::vector<int>& widths) { return widths.back(); };
    return make_strategy(space, network, last);
}

Strategy narrowest_strategy(const PrecisionSpace& space, const Network& network) {
    const auto first = [](const std::vector<int>& widths) { return widths.front(); };
    return make_strategy(space, network, first);
}

std::vector<Strategy> uniform_strategies(const PrecisionSpace& space, const Network& network) {
    std::set<int> all(space.weight_bits.begin(), space.weight_bits.end());
    all.insert(space.activation_bits.begin(), space.activation_bits.end());
    std::vector<Strategy> strategies;
    for (const int bits : all) {
        const auto nearest = [bits](const std::vector<int>& widths) {
            const auto above = std::upper_bound(widths.begin(), widths.end(), bits);
            return above == widths.begin() ? widths.front() : *std::prev(above);
        };
        strategies.push_back(make_strategy(space, network, nearest));
    }
    return strategies;
}

Strategy draw_strategy(const PrecisionSpace& space, const Network& network, Random& random) {
    const std::span<const int> of_weights = draw_part(space.weight_bits, random);
    const std::span<const int> of_activations = draw_part(space.activation_bits, random);
    Strategy strategy = widest_strategy(space, network);
    for (std::size_t i = 0; i < strategy.layers.size(); ++i) {
        if (has_own_bits(space, i, strategy.layers.size())) continue;
        strategy.layers[i].weight_bits = of_weights[random.below(of_weights.size())];
        strategy.layers[i].activation_bits = of_activations[random.below(of_activations.size())];
    }
    return strategy;
}

Result<void> check_within(const PrecisionSpace& space, const PrecisionSpace& part, const std::string& file) {
    std::vector<Problem> problems;
    const auto check = [&](const char* place, const std::vector<int>& asked, const std::vector<int>& held) {
        for (const int bits : asked) {
            if (has(held, bits)) continue;
            problems.push_back(
                {file, place, fmt::format("{} bits", bits),
                 fmt::format("one of {}, which the supernet was trained for", fmt::join(held, ", "))});
        }
    };
    check("space.weight_bits", part.weight_bits, space.weight_bits);
    check("space.activation_bits", part.activation_bits, space.activation_bits);
    if (space.first_last_bits && part.first_last_bits != space.first_last_bits) {
        problems.push_back({file, "space.first_last_bits",
                            part.first_last_bits ? fmt::format("{}", *part.first_last_bits) : "none",
                            fmt::format("{}, which the supernet was trained for", *space.first_last_bits)});
    } else if (!space.first_last_bits && part.first_last_bits) {
        check("space.first_last_bits", {*part.first_last_bits}, space.weight_bits);
        check("space.first_last_bits", {*part.first_last_bits}, space.activation_bits);
    }
    if (!problems.empty()) return bad_input(std::move(problems));
    return {};
}

Result<void> check_within(const PrecisionSpace& space, const Strategy& strategy) {
    std::vector<Problem> problems;
    for (std::size_t i = 0; i < strategy.layers.size(); ++i) {
        const LayerStrategy& layer = strategy.layers[i];
        const auto check = [&](const char* what, int bits, const std::vector<int>& widths) {
            const bool is_given = has_own_bits(space, i, strategy.layers.size());
            if (is_given ? bits == *space.first_last_bits : has(widths, bits)) return;
            problems.push_back({"strategy", fmt::format("layer '{}'", layer.layer),
                                fmt::format("{} of {} bits", what, bits),
                                is_given ? fmt::format("{} bits", *space.first_last_bits)
                                         : fmt::format("one of {} bits", fmt::join(widths, ", "))});
        };
        check("weights", layer.weight_bits, space.weight_bits);
        check("activations", layer.activation_bits, space.activation_bits);
    }
    if (!problems.empty()) return bad_input(std::move(problems));
    return {};
}

} // namespace tandem
