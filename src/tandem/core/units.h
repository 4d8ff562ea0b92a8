// Quantities with their unit in the type. Quantities of one unit add, compare, scale and divide to
// a plain ratio; every conversion between units is a named function, so that Bits + Bytes does not
// compile.
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>

namespace tandem {

/// A number of `Unit`s. `Number` is int64_t for what is counted and double for what is measured.
template <class Unit, class Number> struct Quantity {
    Number value{};

    constexpr Quantity() = default;
    constexpr explicit Quantity(Number number) : value(number) {}

    constexpr auto operator<=>(const Quantity&) const = default; // NOLINT(modernize-use-nullptr): false alarm

    constexpr Quantity& operator+=(Quantity other) {
        value += other.value;
        return *this;
    }
    constexpr Quantity& operator-=(Quantity other) {
        value -= other.value;
        return *this;
    }
    friend constexpr Quantity operator+(Quantity left, Quantity right) { return left += right; }
    friend constexpr Quantity operator-(Quantity left, Quantity right) { return left -= right; }
    friend constexpr Quantity operator*(Quantity left, Number factor) {
        return Quantity(left.value * factor);
    }
    friend constexpr Quantity operator*(Number factor, Quantity right) { return right * factor; }

    /// The plain ratio of two quantities of one unit.
    constexpr double ratio_to(Quantity other) const {
        return static_cast<double>(value) / static_cast<double>(other.value);
    }
};

using Bits = Quantity<struct BitsUnit, std::int64_t>;
using Bytes = Quantity<struct BytesUnit, std::int64_t>;
using Cycles = Quantity<struct CyclesUnit, std::int64_t>;
using Operations = Quantity<struct OperationsUnit, std::int64_t>;
using Picojoules = Quantity<struct PicojoulesUnit, double>;
using Picoseconds = Quantity<struct PicosecondsUnit, double>;
using SquareMicrometers = Quantity<struct SquareMicrometersUnit, double>;
using Hertz = Quantity<struct HertzUnit, double>;
/// Energy as a multiple of one full-width multiply-accumulate: the unit of normalised cost tables.
using NormalizedEnergy = Quantity<struct NormalizedEnergyUnit, double>;

/// Integer division rounded up; both operands positive.
template <std::integral Integer> constexpr Integer divide_up(Integer dividend, Integer divisor) {
    return (dividend + divisor - 1) / divisor;
}

/// The smallest number of whole bytes that holds the bits.
constexpr Bytes bytes_holding(Bits bits) { return Bytes(divide_up(bits.value, std::int64_t{8})); }
constexpr Bits bits_in(Bytes bytes) { return Bits(bytes.value * 8); }

/// The time that `cycles` take at `clock`.
constexpr Picoseconds duration(Cycles cycles, Hertz clock) {
    return Picoseconds(static_cast<double>(cycles.value) * 1e12 / clock.value);
}

} // namespace tandem
