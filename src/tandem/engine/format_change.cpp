#include "tandem/engine/format_change.h"

#include <algorithm>
#include <array>

#include "tandem/engine/fast_sum.h"
#include "tandem/engine/headroom.h"

namespace tandem {

bool FormatChange::is_nothing() const {
    const bool is_whole = clamp == Clamp{minimum_integer(to.format), maximum_integer(to.format)};
    return from.format == to.format && from.scale == to.scale && is_whole &&
           std::holds_alternative<ShiftRequantization>(rule);
}

bool FormatChange::is_sum() const {
    return rule == Requantization(ShiftRequantization{}) && !from.scale && !to.scale;
}

bool FormatChange::is_table() const {
    const auto* const shift = std::get_if<ShiftRequantization>(&rule);
    const bool depends_on_place = shift != nullptr && shift->rounding == Rounding::stochastic;
    return from.format.bits <= 8 && to.format.bits <= 8 && !depends_on_place;
}

bool FormatChange::is_fast() const { return is_nothing() || is_sum() || is_table(); }

IntegerValues FormatChange::summed(const IntegerValues& input) const {
    IntegerValues changed(to.format, input.size());
    const int shift = from.format.fraction_bits - to.format.fraction_bits;
    const RoundedSum sum({.bias = {},
                          .shift = shift,
                          .clamp = clamp,
                          .largest = saturating_shift(largest_magnitude(from.format), std::max(0, -shift))});
    const std::array terms{term_of(input, 0, 0)};
    sum.run_into(changed, 0, terms, input.size());
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
    return is_sum() ? summed(input) : looked_up(input);
}

} // namespace tandem
