#include "tandem/engine/binary_kernels.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace tandem::binary_kernels {

void count_scalar(const Windows& windows, const std::uint64_t* weights, std::size_t channels,
                  std::int32_t* negatives) {
    std::fill(negatives, negatives + kWindows * channels, 0);
    for (std::size_t window = 0; window < kWindows; ++window) {
        for (std::size_t word = 0; word < windows.offsets.size(); ++word) {
            const std::uint64_t signs = windows.word(window, word);
            for (std::size_t channel = 0; channel < channels; ++channel) {
                negatives[window * channels + channel] +=
                    std::popcount(signs ^ weights[word * channels + channel]);
            }
        }
    }
}

namespace {

constexpr std::size_t kBits = 64;

/// The signs of eight bytes as bits, the first lowest: a multiplication adds up what it shifts, and no two
/// bits meet.
std::uint64_t signs_of_eight(const std::int8_t* integers) {
    static_assert(std::endian::native == std::endian::little, "the first of eight bytes is the lowest");
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, integers, sizeof(bytes));
    return ((bytes >> 7) & 0x0101010101010101U) * 0x0102040810204080U >> 56;
}

} // namespace

void pack_scalar(const std::int8_t* integers, std::size_t channels, std::uint64_t* words) {
    for (std::size_t first = 0; first < channels; first += kBits) {
        const std::size_t count = std::min(kBits, channels - first);
        std::uint64_t word = 0;
        std::size_t i = 0;
        for (; i + 8 <= count; i += 8) word |= signs_of_eight(integers + first + i) << i;
        for (; i < count; ++i) word |= std::uint64_t{integers[first + i] < 0} << i;
        *words++ = word;
    }
}

#if defined(__x86_64__)

namespace {

/// Counts the bits of each byte by a table of the sixteen halves of one (Mula, Kurz, Lemire: Faster
/// population counts using AVX2 instructions, 2018).
[[gnu::target("avx2"), gnu::always_inline]] inline __m256i bytes_counted(__m256i bits) {
    const __m256i table = _mm256_setr_epi8(0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2,
                                           2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i half = _mm256_set1_epi8(0x0F);
    const __m256i low = _mm256_shuffle_epi8(table, _mm256_and_si256(bits, half));
    const __m256i high = _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(bits, 4), half));
    return _mm256_add_epi8(low, high);
}

} // namespace

[[gnu::target("avx2")]] void count_avx2(const Windows& windows, const std::uint64_t* weights,
                                        std::size_t channels, std::int32_t* negatives) {
    constexpr std::size_t kLanes = 4;
    constexpr std::size_t kMostWords = 31; // of 8 bits a byte at most: 248 fits
    const std::size_t words = windows.offsets.size();
    for (std::size_t channel = 0; channel < channels; channel += kLanes) {
        __m256i totals[kWindows] = {};
        for (std::size_t first = 0; first < words; first += kMostWords) {
            __m256i bytes[kWindows] = {};
            for (std::size_t word = first; word < std::min(words, first + kMostWords); ++word) {
                const __m256i signs =
                    _mm256_loadu_si256(reinterpret_cast<const __m256i*>(weights + word * channels + channel));
                for (std::size_t window = 0; window < kWindows; ++window) {
                    const auto own = static_cast<long long>(windows.word(window, word));
                    bytes[window] = _mm256_add_epi8(
                        bytes[window], bytes_counted(_mm256_xor_si256(signs, _mm256_set1_epi64x(own))));
                }
            }
            for (std::size_t window = 0; window < kWindows; ++window) {
                totals[window] =
                    _mm256_add_epi64(totals[window], _mm256_sad_epu8(bytes[window], _mm256_setzero_si256()));
            }
        }
        for (std::size_t window = 0; window < kWindows; ++window) {
            alignas(32) std::array<std::int64_t, kLanes> counts{};
            _mm256_store_si256(reinterpret_cast<__m256i*>(counts.data()), totals[window]);
            for (std::size_t lane = 0; lane < kLanes; ++lane) {
                negatives[window * channels + channel + lane] = static_cast<std::int32_t>(counts[lane]);
            }
        }
    }
}

[[gnu::target("avx512f,avx512vpopcntdq")]] void count_avx512(const Windows& windows,
                                                             const std::uint64_t* weights,
                                                             std::size_t channels, std::int32_t* negatives) {
    constexpr std::size_t kLanes = 8;
    static_assert(kChannels == 2 * kLanes);
    for (std::size_t channel = 0; channel < channels; channel += kChannels) {
        __m512i lower[kWindows] = {};
        __m512i upper[kWindows] = {};
        for (std::size_t word = 0; word < windows.offsets.size(); ++word) {
            const __m512i low = _mm512_loadu_si512(weights + word * channels + channel);
            const __m512i high = _mm512_loadu_si512(weights + word * channels + channel + kLanes);
            for (std::size_t window = 0; window < kWindows; ++window) {
                const __m512i own = _mm512_set1_epi64(static_cast<long long>(windows.word(window, word)));
                lower[window] =
                    _mm512_add_epi64(lower[window], _mm512_popcnt_epi64(_mm512_xor_si512(low, own)));
                upper[window] =
                    _mm512_add_epi64(upper[window], _mm512_popcnt_epi64(_mm512_xor_si512(high, own)));
            }
        }
        for (std::size_t window = 0; window < kWindows; ++window) {
            auto* const to = reinterpret_cast<__m256i*>(negatives + window * channels + channel);
            _mm256_storeu_si256(to, _mm512_cvtepi64_epi32(lower[window]));
            _mm256_storeu_si256(to + 1, _mm512_cvtepi64_epi32(upper[window]));
        }
    }
}

[[gnu::target("avx512f,avx512bw")]] void pack_avx512(const std::int8_t* integers, std::size_t channels,
                                                     std::uint64_t* words) {
    for (std::size_t first = 0; first < channels; first += kBits) {
        const std::size_t count = std::min(kBits, channels - first);
        const __mmask64 present = ~std::uint64_t{0} >> (kBits - count);
        *words++ = _mm512_movepi8_mask(_mm512_maskz_loadu_epi8(present, integers + first));
    }
}

[[gnu::target("avx512f,avx512bw,avx512vl,avx512vpopcntdq")]] void
signs_avx512(const Windows& windows, const std::uint64_t* weights, std::size_t channels, std::size_t outputs,
             const SignedWindow* results) {
    constexpr std::size_t kLanes = 8;
    for (std::size_t channel = 0; channel < channels; channel += kChannels) {
        __m512i lower[kWindows] = {};
        __m512i upper[kWindows] = {};
        for (std::size_t word = 0; word < windows.offsets.size(); ++word) {
            const __m512i low = _mm512_loadu_si512(weights + word * channels + channel);
            const __m512i high = _mm512_loadu_si512(weights + word * channels + channel + kLanes);
            for (std::size_t window = 0; window < kWindows; ++window) {
                const __m512i own = _mm512_set1_epi64(static_cast<long long>(windows.word(window, word)));
                lower[window] =
                    _mm512_add_epi64(lower[window], _mm512_popcnt_epi64(_mm512_xor_si512(low, own)));
                upper[window] =
                    _mm512_add_epi64(upper[window], _mm512_popcnt_epi64(_mm512_xor_si512(high, own)));
            }
        }
        const std::size_t left = std::min(kChannels, outputs - channel);
        const auto present = static_cast<__mmask16>((1U << left) - 1U);
        for (std::size_t window = 0; window < kWindows; ++window) {
            if (results[window].signs == nullptr) continue;
            const std::int64_t* const most = results[window].most + channel;
            const unsigned int low = _mm512_cmple_epi64_mask(lower[window], _mm512_loadu_si512(most));
            const unsigned int high =
                _mm512_cmple_epi64_mask(upper[window], _mm512_loadu_si512(most + kLanes));
            const __m128i signs = _mm_mask_blend_epi8(static_cast<__mmask16>(low | high << kLanes),
                                                      _mm_set1_epi8(-1), _mm_set1_epi8(1));
            _mm_mask_storeu_epi8(results[window].signs + channel, present, signs);
        }
    }
}

#else

// No other processor is told to run them.
void count_avx2(const Windows& windows, const std::uint64_t* weights, std::size_t channels,
                std::int32_t* negatives) {
    count_scalar(windows, weights, channels, negatives);
}
void count_avx512(const Windows& windows, const std::uint64_t* weights, std::size_t channels,
                  std::int32_t* negatives) {
    count_scalar(windows, weights, channels, negatives);
}
void pack_avx512(const std::int8_t* integers, std::size_t channels, std::uint64_t* words) {
    pack_scalar(integers, channels, words);
}
void signs_avx512(const Windows& /*windows*/, const std::uint64_t* /*weights*/, std::size_t /*channels*/,
                  std::size_t /*outputs*/, const SignedWindow* /*results*/) {}

#endif

} // namespace tandem::binary_kernels
