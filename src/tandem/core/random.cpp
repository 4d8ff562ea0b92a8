#include "tandem/core/random.h"

#include <cmath>
#include <numbers>

#include "tandem/core/check.h"
#include "tandem/core/hash.h"

namespace tandem {

namespace {

constexpr std::uint64_t kGolden = 0x9E3779B97F4A7C15ULL; // 2^64 / golden ratio, SplitMix64's step

std::uint64_t mix(std::uint64_t value) {
    value = (value ^ (value >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    value = (value ^ (value >> 27U)) * 0x94D049BB133111EBULL;
    return value ^ (value >> 31U);
}

} // namespace

Random Random::fork(std::string_view name, std::uint64_t index) const {
    Hasher hasher;
    hasher.add(state_).add(name).add(index);
    return Random(hasher.finish().high);
}

std::uint64_t Random::next() { return mix(state_ += kGolden); }

double Random::uniform() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

std::uint64_t Random::below(std::uint64_t bound) {
    TANDEM_CHECK(bound > 0, "a range must not be empty");
    // Reject the incomplete last stretch of the 64-bit range, so that every value is equally likely.
    const std::uint64_t limit = ~std::uint64_t{0} - (~std::uint64_t{0} % bound + 1) % bound;
    std::uint64_t draw = next();
    while (draw > limit) draw = next();
    return draw % bound;
}

double Random::normal() {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * uniform());
}

} // namespace tandem
