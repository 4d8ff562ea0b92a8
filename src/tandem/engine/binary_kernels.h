// The inner loops of binary convolutions, one an instruction set.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tandem::binary_kernels {

/// Windows that a kernel takes at once.
inline constexpr std::size_t kWindows = 4;
/// Output channels come in multiples of this.
inline constexpr std::size_t kChannels = 16;

/// Bits that differ between windows and weights: negatives[window * channels + channel] counts them over
/// `words` words; windows lie one after the other, weights as (word, channel).
using Count = void (*)(const std::uint64_t* windows, std::size_t words, const std::uint64_t* weights,
                       std::size_t channels, std::int32_t* negatives);

void count_scalar(const std::uint64_t* windows, std::size_t words, const std::uint64_t* weights,
                  std::size_t channels, std::int32_t* negatives);
/// These two only where the processor has the instructions.
void count_avx2(const std::uint64_t* windows, std::size_t words, const std::uint64_t* weights,
                std::size_t channels, std::int32_t* negatives);
void count_avx512(const std::uint64_t* windows, std::size_t words, const std::uint64_t* weights,
                  std::size_t channels, std::int32_t* negatives);

} // namespace tandem::binary_kernels
