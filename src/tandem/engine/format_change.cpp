#include "tandem/engine/format_change.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <span>

#include "tandem/engine/headroom.h"
#include "tandem/engine/layer_tail.h"

namespace tandem {
namespace {

/// Whether equal sums may become different integers, by channel or by element.
bool depends_on_place(const Requantization& rule) {
    struct Depends {
        bool operator()(const ShiftRequantization& shift) const {
            return shift.rounding == Rounding::stochastic;
        }
        bool operator()(const MultiplierRequantization& by) const { return by.multipliers.size() > 1; }
        bool operator()(const ThresholdRequantization& by) const { return by.thresholds.size() > 1; }
        bool operator()(const FloatRequantization& by) const { return by.scales.size() > 1; }
    };
    return std::visit(Depends{}, rule);
}

} // namespace

bool FormatChange::is_nothing() const {
    const bool is_whole = clamp == Clamp{minimum_integer(to.format), maximum_integer(to.format)};
    return from.format == to.format && from.scale == to.scale && is_whole &&
           std::holds_alternative<ShiftRequantization>(rule);
}

bool FormatChange::is_fast() const { return is_nothing() || !depends_on_place(rule); }

IntegerValues FormatChange::summed(const IntegerValues& input) const {
    const std::int64_t bias = -std::int64_t{from.zero_point()};
    const std::int64_t largest = saturating_sum(largest_magnitude(from.format), std::abs(bias));
    const int shift = from.format.fraction_bits - to.format.fraction_bits;
    const LayerTail tail({.output = to,
                          .requantization = rule,
                          .clamp = clamp,
                          .bias = std::span(&bias, 1),
                          .fraction_bits = from.format.fraction_bits,
                          .largest_sum = largest,
                          .largest = saturating_shift(largest, std::max(0, -shift))});
    IntegerValues changed(to.format, input.size());
    const std::array terms{term_of(input, 0, 0)};
    tail.run_into(changed, 0, terms, input.size());
    return changed;
}

IntegerValues FormatChange::looked_up(const IntegerValues& input) const {
    std::array<std::uint8_t, 256> table{};
    const std::int32_t zero_point = from.zero_point();
    const int shift = from.format.fraction_bits - to.format.fraction_bits;
    for (std::int32_t integer = minimum_integer(from.format); integer <= maximum_integer(from.format);
         ++integer) {
        const std::int64_t rounded =
            requantized(rule, integer - zero_point, shift, Place{}) + to.zero_point();
        table[static_cast<std::uint8_t>(integer)] =
            static_cast<std::uint8_t>(std::clamp<std::int64_t>(rounded, clamp.minimum, clamp.maximum));
    }
    IntegerValues changed(to.format, input.size());
    const auto* const integers = input.as<std::uint8_t>();
    std::transform(integers, integers + input.size(), changed.as<std::uint8_t>(),
                   [&](std::uint8_t integer) { return table[integer]; });
    return changed;
}

IntegerValues FormatChange::apply(const IntegerValues& input) const {
    if (is_nothing()) return input;
    // Vectors shift and scale; the other rules are looked up in a table where one is small.
    const bool is_vector =
        std::holds_alternative<FloatRequantization>(rule) || rule == Requantization(ShiftRequantization{});
    const bool fits_table = from.format.bits <= 8 && to.format.bits <= 8;
    return fits_table && !is_vector ? looked_up(input) : summed(input);
}

} // namespace tandem
