#include "tandem/machine/bitserial/resources.h"

#include <algorithm>
#include <bit>
#include <cmath>

#include <fmt/format.h>

#include "tandem/core/units.h"

namespace tandem::bitserial {

namespace {

bool is_power_of_two(std::int64_t value) { return (value & (value - 1)) == 0; }

} // namespace

double estimate_luts(const Array& array) {
    constexpr double kPerBit = 1.17;   // and, count
    constexpr double kPerUnit = 44.1;  // negate, shift, accumulate
    constexpr double kRouting = 120.1; // a unit's share of operand broadcast and result network
    return static_cast<double>(array.rows * array.columns) *
           (kPerBit * static_cast<double>(array.dot_product_bits) + kPerUnit + kRouting);
}

std::int64_t estimate_brams(const Array& array, const Buffers& buffers) {
    constexpr std::int64_t kWordBits = 32;   // that one RAMB36 is wide
    constexpr std::int64_t kWords = 1024;    // at that width
    constexpr std::int64_t kSurrounding = 7; // instruction queues and DMA
    return divide_up(array.dot_product_bits, kWordBits) *
               (array.rows * divide_up(buffers.left_words, kWords) +
                array.columns * divide_up(buffers.right_words, kWords)) +
           kSurrounding;
}

std::int64_t address_bits(std::int64_t words) {
    const auto last = static_cast<std::uint64_t>(words - 1);
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::bit_width(last)));
}

std::int64_t estimate_generated_luts(const Array& array, const Buffers& buffers) {
    const double unit = 1.36 * static_cast<double>(array.dot_product_bits) + 64.0;
    const double lanes = static_cast<double>((array.rows + array.columns) * array.dot_product_bits) / 32.0;
    const double sequencer =
        116.0 + 17.0 * static_cast<double>(address_bits(std::max(buffers.left_words, buffers.right_words)));
    return std::llround(static_cast<double>(array.rows * array.columns) * unit + 1.1 * lanes + sequencer);
}

Resources estimate_resources(const Description& machine) {
    const Array& array = machine.array;
    Resources resources;
    resources.luts = static_cast<std::int64_t>(std::llround(estimate_luts(array)));
    resources.brams = estimate_brams(array, machine.buffers);
    resources.peak_operations_per_second =
        2.0 * static_cast<double>(array.rows * array.columns * array.dot_product_bits) * machine.clock_hertz;
    if (array.dot_product_bits < 64 || !is_power_of_two(array.dot_product_bits)) {
        resources.remark = fmt::format("not original: BISMO builds dot products of 64 * 2^i bits, not {}",
                                       array.dot_product_bits);
    }
    return resources;
}

} // namespace tandem::bitserial
