#include "tandem/engine/binary_convolution.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "tandem/engine/binary_kernels.h"
#include "tandem/engine/fast_loops.h"

namespace tandem {
namespace {

constexpr std::size_t kBits = 64;

binary_kernels::Count kernel_for(InstructionSet set) {
    if (has_vector_popcount()) return binary_kernels::count_avx512;
    return set >= InstructionSet::avx2 ? binary_kernels::count_avx2 : binary_kernels::count_scalar;
}

/// The signs of eight bytes as bits, the first lowest: a multiplication adds up what it shifts, and no two
/// bits meet.
std::uint64_t signs_of_eight(const std::int8_t* integers) {
    static_assert(std::endian::native == std::endian::little, "the first of eight bytes is the lowest");
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, integers, sizeof(bytes));
    return ((bytes >> 7) & 0x0101010101010101U) * 0x0102040810204080U >> 56;
}

/// The signs of a pixel's channels as words: a bit is set where the integer is negative.
void pack(const std::int8_t* integers, std::size_t channels, std::uint64_t* words) {
    for (std::size_t first = 0; first < channels; first += kBits) {
        const std::size_t count = std::min(kBits, channels - first);
        std::uint64_t word = 0;
        std::size_t i = 0;
        for (; i + 8 <= count; i += 8) word |= signs_of_eight(integers + first + i) << i;
        for (; i < count; ++i) word |= std::uint64_t{integers[first + i] < 0} << i;
        *words++ = word;
    }
}

} // namespace

bool BinaryConvolution::takes(const IntegerProgram& program, const LayerStep& step) {
    const IntegerTensor& input = program.tensors[step.input];
    return step.groups == 1 && !input.scale && input.format.levels == Levels::bipolar &&
           step.input_format == input.format &&
           std::all_of(step.weights.begin(), step.weights.end(),
                       [](std::int16_t weight) { return weight == -1 || weight == 1; });
}

BinaryConvolution::BinaryConvolution(const IntegerProgram& program, const LayerStep& step)
    : input_(program.tensors[step.input].extents), output_(program.tensors[step.output].extents),
      window_(step.window), taps_(static_cast<std::size_t>(step.window.kernel[0] * step.window.kernel[1])),
      words_((static_cast<std::size_t>(input_.channels) + kBits - 1) / kBits), set_(instruction_set()) {
    const auto inputs = static_cast<std::size_t>(input_.channels);
    const auto outputs = static_cast<std::size_t>(output_.channels);
    constexpr std::size_t kWhole = binary_kernels::kChannels;
    padded_outputs_ = (outputs + kWhole - 1) / kWhole * kWhole;
    weights_.resize(taps_ * words_ * padded_outputs_);
    std::fill(weights_.begin(), weights_.end(), 0);
    tap_sums_.resize(taps_ * outputs);
    for (std::size_t output = 0; output < outputs; ++output) {
        for (std::size_t tap = 0; tap < taps_; ++tap) {
            for (std::size_t channel = 0; channel < inputs; ++channel) {
                const std::int16_t weight = step.weights[(output * taps_ + tap) * inputs + channel];
                tap_sums_[tap * outputs + output] += weight;
                if (weight > 0) continue;
                weights_[(tap * words_ + channel / kBits) * padded_outputs_ + output] |= std::uint64_t{1}
                                                                                         << channel % kBits;
            }
        }
    }
}

bool BinaryConvolution::is_inside(const Row& row, std::int64_t column, std::int64_t tap) const {
    const std::int64_t y =
        row.row * window_.strides[0] - window_.pads_begin[0] + tap / window_.kernel[1] * window_.dilations[0];
    const std::int64_t x =
        column * window_.strides[1] - window_.pads_begin[1] + tap % window_.kernel[1] * window_.dilations[1];
    return y >= 0 && y < input_.rows && x >= 0 && x < input_.columns;
}

bool BinaryConvolution::gather(const Row& row, std::int64_t column, std::uint64_t* window) const {
    const std::int64_t top = row.row * window_.strides[0] - window_.pads_begin[0];
    const std::int64_t left = column * window_.strides[1] - window_.pads_begin[1];
    const std::int64_t taps = window_.kernel[1];
    const std::size_t row_words = static_cast<std::size_t>(taps) * words_;
    const bool is_run = window_.dilations[1] == 1 && left >= 0 && left + taps <= input_.columns;
    const auto pixel = [&](std::int64_t y, std::int64_t x) {
        return row.signs + static_cast<std::size_t>(y * input_.columns + x) * words_;
    };
    bool is_padded = false;
    for (std::int64_t tap_row = 0; tap_row < window_.kernel[0]; ++tap_row, window += row_words) {
        const std::int64_t y = top + tap_row * window_.dilations[0];
        if (y < 0 || y >= input_.rows) {
            std::fill_n(window, row_words, 0);
            is_padded = true;
            continue;
        }
        if (is_run) {
            const std::uint64_t* const words = pixel(y, left);
            for (std::size_t word = 0; word < row_words; ++word) window[word] = words[word]; // few: no call
            continue;
        }
        for (std::int64_t tap = 0; tap < taps; ++tap) {
            const std::int64_t x = left + tap * window_.dilations[1];
            const bool is_outside = x < 0 || x >= input_.columns;
            std::uint64_t* const to = window + static_cast<std::size_t>(tap) * words_;
            for (std::size_t word = 0; word < words_; ++word) to[word] = is_outside ? 0 : pixel(y, x)[word];
            is_padded = is_padded || is_outside;
        }
    }
    return is_padded;
}

std::int32_t BinaryConvolution::products() const {
    return static_cast<std::int32_t>(taps_) * static_cast<std::int32_t>(input_.channels);
}

/// From counts of products that are -1 to sums. Where the window sees padding it was read as ones, whose
/// products are the weights.
void BinaryConvolution::finish(const Row& row, std::int64_t column, bool is_padded,
                               const std::int32_t* negatives, std::int32_t* sums) const {
    const auto outputs = static_cast<std::size_t>(output_.channels);
    for (std::size_t output = 0; output < outputs; ++output)
        sums[output] = products() - 2 * negatives[output];
    if (!is_padded) return;
    for (std::size_t tap = 0; tap < taps_; ++tap) {
        if (is_inside(row, column, static_cast<std::int64_t>(tap))) continue;
        for (std::size_t output = 0; output < outputs; ++output) {
            sums[output] -= tap_sums_[tap * outputs + output];
        }
    }
}

template <class Visit> void BinaryConvolution::visit_windows(const std::int8_t* input, std::int64_t samples,
                                                             const Visit& visit) const {
    constexpr std::int64_t kWindows = binary_kernels::kWindows;
    const binary_kernels::Count count = kernel_for(set_);
    const auto pixels = static_cast<std::size_t>(input_.rows * input_.columns);
    const auto channels = static_cast<std::size_t>(input_.channels);
    const std::size_t window_words = taps_ * words_;
    RawVector<std::uint64_t> signs(pixels * words_);
    RawVector<std::uint64_t> windows(kWindows * window_words);
    std::fill(windows.begin(), windows.end(), 0);
    RawVector<std::int32_t> negatives(kWindows * padded_outputs_);
    for (std::int64_t sample = 0; sample < samples; ++sample, input += pixels * channels) {
        for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
            pack(input + pixel * channels, channels, signs.data() + pixel * words_);
        }
        for (std::int64_t y = 0; y < output_.rows; ++y) {
            const Row row{signs.data(), y};
            for (std::int64_t first = 0; first < output_.columns; first += kWindows) {
                const auto size = static_cast<std::size_t>(std::min(kWindows, output_.columns - first));
                std::array<bool, kWindows> is_padded{};
                for (std::size_t i = 0; i < size; ++i) {
                    is_padded[i] =
                        gather(row, first + static_cast<std::int64_t>(i), windows.data() + i * window_words);
                }
                count(windows.data(), window_words, weights_.data(), padded_outputs_, negatives.data());
                for (std::size_t i = 0; i < size; ++i) {
                    visit(row, first + static_cast<std::int64_t>(i), is_padded[i],
                          negatives.data() + i * padded_outputs_);
                }
            }
        }
    }
}

void BinaryConvolution::run(const std::int8_t* input, std::int64_t samples, std::int32_t* sums) const {
    visit_windows(input, samples,
                  [&](const Row& row, std::int64_t column, bool is_padded, const std::int32_t* negatives) {
                      finish(row, column, is_padded, negatives, sums);
                      sums += output_.channels;
                  });
}

void BinaryConvolution::run_signs(const std::int8_t* input, std::int64_t samples,
                                  std::span<const std::int32_t> least, std::int8_t* signs) const {
    const auto outputs = static_cast<std::size_t>(output_.channels);
    // products - 2 * negatives >= least says how many products may be -1.
    std::vector<std::int32_t> most(outputs);
    for (std::size_t i = 0; i < outputs; ++i) {
        most[i] = static_cast<std::int32_t>((std::int64_t{products()} - least[i]) >>
                                            1); // rounds down, also below 0
    }
    std::vector<std::int32_t> sums(outputs);
    visit_windows(input, samples,
                  [&](const Row& row, std::int64_t column, bool is_padded, const std::int32_t* negatives) {
                      if (is_padded) {
                          finish(row, column, is_padded, negatives, sums.data());
                          for (std::size_t i = 0; i < outputs; ++i) signs[i] = sums[i] >= least[i] ? 1 : -1;
                      } else {
                          fast_loops::signs_up_to(negatives, most.data(), signs, outputs);
                      }
                      signs += outputs;
                  });
}

} // namespace tandem
