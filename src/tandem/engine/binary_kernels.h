// The inner loops of binary convolutions, one an instruction set.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace tandem::binary_kernels {

/// Windows that a kernel takes at once.
inline constexpr std::size_t kWindows = 4;
/// Output channels come in multiples of this.
inline constexpr std::size_t kChannels = 16;

/// Windows into an image of words: word i of a window lies `offsets[i]` behind its first.
struct Windows {
    std::array<const std::uint64_t*, kWindows> first{};
    std::span<const std::size_t> offsets;

    std::uint64_t word(std::size_t window, std::size_t i) const { return first[window][offsets[i]]; }
};

/// Bits that differ between windows and weights: negatives[window * channels + channel] counts them over all
/// words; weights lie as (word, channel).
using Count = void (*)(const Windows& windows, const std::uint64_t* weights, std::size_t channels,
                       std::int32_t* negatives);

void count_scalar(const Windows& windows, const std::uint64_t* weights, std::size_t channels,
                  std::int32_t* negatives);
/// These two only where the processor has the instructions.
void count_avx2(const Windows& windows, const std::uint64_t* weights, std::size_t channels,
                std::int32_t* negatives);
void count_avx512(const Windows& windows, const std::uint64_t* weights, std::size_t channels,
                  std::int32_t* negatives);

/// The signs of a pixel's channels as words: a bit is set where the integer is negative.
using Pack = void (*)(const std::int8_t* integers, std::size_t channels, std::uint64_t* words);
void pack_scalar(const std::int8_t* integers, std::size_t channels, std::uint64_t* words);
void pack_avx512(const std::int8_t* integers, std::size_t channels, std::uint64_t* words);

/// Where the signs of one window go, and by output channel (of the padded number) the most bits that may
/// differ for a 1; -1 beyond.
struct SignedWindow {
    const std::int64_t* most = nullptr;
    std::int8_t* signs = nullptr; ///< null: of no window
};
/// Counts as count_avx512 does and writes the signs of `outputs` channels, without counts on the way.
void signs_avx512(const Windows& windows, const std::uint64_t* weights, std::size_t channels,
                  std::size_t outputs, const SignedWindow* results);

} // namespace tandem::binary_kernels
