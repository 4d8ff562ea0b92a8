#include "tandem/engine/binary_convolution.h"

#include <algorithm>
#include <array>
#include <map>

#include "tandem/engine/binary_kernels.h"
#include "tandem/engine/fast_loops.h"

namespace tandem {
namespace {

constexpr std::size_t kBits = 64;

binary_kernels::Count kernel_for(InstructionSet set) {
    if (has_vector_popcount()) return binary_kernels::count_avx512;
    return set >= InstructionSet::avx2 ? binary_kernels::count_avx2 : binary_kernels::count_scalar;
}

binary_kernels::Pack packing() {
    return has_vector_popcount() ? binary_kernels::pack_avx512 : binary_kernels::pack_scalar;
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
    const auto span = [&](std::size_t axis, std::int64_t places) {
        return (places - 1) * window_.strides[axis] + (window_.kernel[axis] - 1) * window_.dilations[axis] +
               1;
    };
    padded_ = {.channels = static_cast<std::int64_t>(words_),
               .rows = span(0, output_.rows),
               .columns = span(1, output_.columns)};
    for (std::int64_t tap = 0; tap < static_cast<std::int64_t>(taps_); ++tap) {
        const std::int64_t row = tap / window_.kernel[1] * window_.dilations[0];
        const std::int64_t column = tap % window_.kernel[1] * window_.dilations[1];
        for (std::size_t word = 0; word < words_; ++word) {
            offsets_.push_back(static_cast<std::size_t>(row * padded_.columns + column) * words_ + word);
        }
    }
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

bool BinaryConvolution::is_inside(const Place& place, std::int64_t tap) const {
    const std::int64_t y = place.row * window_.strides[0] - window_.pads_begin[0] +
                           tap / window_.kernel[1] * window_.dilations[0];
    const std::int64_t x = place.column * window_.strides[1] - window_.pads_begin[1] +
                           tap % window_.kernel[1] * window_.dilations[1];
    return y >= 0 && y < input_.rows && x >= 0 && x < input_.columns;
}

bool BinaryConvolution::sees_padding(const Place& place) const {
    const auto leaves = [&](std::size_t axis, std::int64_t at, std::int64_t extent) {
        const std::int64_t first = at * window_.strides[axis] - window_.pads_begin[axis];
        return first < 0 || first + (window_.kernel[axis] - 1) * window_.dilations[axis] >= extent;
    };
    return leaves(0, place.row, input_.rows) || leaves(1, place.column, input_.columns);
}

std::int32_t BinaryConvolution::products() const {
    return static_cast<std::int32_t>(taps_) * static_cast<std::int32_t>(input_.channels);
}

/// From counts of products that are -1 to sums. Where the window sees padding it was read as ones, whose
/// products are the weights.
void BinaryConvolution::finish(const Place& place, const std::int32_t* negatives, std::int32_t* sums) const {
    const auto outputs = static_cast<std::size_t>(output_.channels);
    for (std::size_t output = 0; output < outputs; ++output)
        sums[output] = products() - 2 * negatives[output];
    if (!sees_padding(place)) return;
    for (std::size_t tap = 0; tap < taps_; ++tap) {
        if (is_inside(place, static_cast<std::int64_t>(tap))) continue;
        for (std::size_t output = 0; output < outputs; ++output) {
            sums[output] -= tap_sums_[tap * outputs + output];
        }
    }
}

template <class Visit> void BinaryConvolution::visit_groups(const std::int8_t* input, std::int64_t samples,
                                                            const Visit& visit) const {
    constexpr auto kWindows = static_cast<std::int64_t>(binary_kernels::kWindows);
    const binary_kernels::Pack pack = packing();
    const auto channels = static_cast<std::size_t>(input_.channels);
    RawVector<std::uint64_t> signs(static_cast<std::size_t>(padded_.rows * padded_.columns) * words_);
    std::fill(signs.begin(), signs.end(), 0); // padding stays so
    const auto pixel = [&](std::int64_t row, std::int64_t column) {
        return signs.data() + static_cast<std::size_t>(row * padded_.columns + column) * words_;
    };
    // What no window reaches is left out.
    const std::int64_t rows = std::min(input_.rows, padded_.rows - window_.pads_begin[0]);
    const std::int64_t columns = std::min(input_.columns, padded_.columns - window_.pads_begin[1]);
    binary_kernels::Windows windows{.first = {}, .offsets = offsets_};
    for (std::int64_t sample = 0; sample < samples; ++sample, input += input_.elements()) {
        for (std::int64_t row = 0; row < rows; ++row) {
            for (std::int64_t column = 0; column < columns; ++column) {
                pack(input + static_cast<std::size_t>(row * input_.columns + column) * channels, channels,
                     pixel(row + window_.pads_begin[0], column + window_.pads_begin[1]));
            }
        }
        for (Place place; place.row < output_.rows; ++place.row) {
            for (place.column = 0; place.column < output_.columns; place.column += kWindows) {
                const std::int64_t size = std::min(kWindows, output_.columns - place.column);
                for (std::int64_t i = 0; i < kWindows; ++i) {
                    const std::int64_t column = place.column + std::min(i, size - 1);
                    windows.first[static_cast<std::size_t>(i)] =
                        pixel(place.row * window_.strides[0], column * window_.strides[1]);
                }
                visit(place, size, windows);
            }
        }
    }
}

template <class Visit> void BinaryConvolution::visit_windows(const std::int8_t* input, std::int64_t samples,
                                                             const Visit& visit) const {
    const binary_kernels::Count count = kernel_for(set_);
    RawVector<std::int32_t> negatives(binary_kernels::kWindows * padded_outputs_);
    visit_groups(input, samples,
                 [&](const Place& first, std::int64_t size, const binary_kernels::Windows& windows) {
                     count(windows, weights_.data(), padded_outputs_, negatives.data());
                     for (std::int64_t i = 0; i < size; ++i) {
                         visit(Place{first.row, first.column + i},
                               negatives.data() + static_cast<std::size_t>(i) * padded_outputs_);
                     }
                 });
}

void BinaryConvolution::run(const std::int8_t* input, std::int64_t samples, std::int32_t* sums) const {
    visit_windows(input, samples, [&](const Place& place, const std::int32_t* negatives) {
        finish(place, negatives, sums);
        sums += output_.channels;
    });
}

std::uint64_t BinaryConvolution::taps_outside(const Place& place) const {
    std::uint64_t outside = 0;
    for (std::size_t tap = 0; tap < taps_; ++tap) {
        if (!is_inside(place, static_cast<std::int64_t>(tap))) outside |= std::uint64_t{1} << tap;
    }
    return outside;
}

/// products - 2 * negatives - (what padding added) >= least says how many products may be -1.
std::vector<std::int64_t> BinaryConvolution::most_negatives(std::span<const std::int32_t> least,
                                                            std::uint64_t outside) const {
    const auto outputs = static_cast<std::size_t>(output_.channels);
    std::vector<std::int64_t> most(padded_outputs_, 0);
    for (std::size_t output = 0; output < outputs; ++output) {
        std::int64_t sum = std::int64_t{products()} - least[output];
        for (std::size_t tap = 0; tap < taps_; ++tap) {
            if ((outside >> tap & 1U) != 0) sum -= tap_sums_[tap * outputs + output];
        }
        most[output] = sum >> 1; // rounds down, also below 0
    }
    return most;
}

/// Signs as the counts come out of the registers.
void BinaryConvolution::run_signs_in_vectors(const std::int8_t* input, std::int64_t samples,
                                             std::span<const std::int32_t> least, std::int8_t* signs) const {
    const auto outputs = static_cast<std::size_t>(output_.channels);
    const std::vector<std::int64_t> inside = most_negatives(least, 0);
    std::map<std::uint64_t, std::vector<std::int64_t>> at_borders; ///< by the taps that see padding
    visit_groups(
        input, samples, [&](const Place& first, std::int64_t size, const binary_kernels::Windows& windows) {
            std::array<binary_kernels::SignedWindow, binary_kernels::kWindows> results{};
            for (std::int64_t i = 0; i < size; ++i, signs += outputs) {
                binary_kernels::SignedWindow& result = results[static_cast<std::size_t>(i)];
                result = {.most = inside.data(), .signs = signs};
                const Place place{first.row, first.column + i};
                if (!sees_padding(place)) continue;
                const std::uint64_t outside = taps_outside(place);
                auto found = at_borders.find(outside);
                if (found == at_borders.end()) {
                    found = at_borders.emplace(outside, most_negatives(least, outside)).first;
                }
                result.most = found->second.data();
            }
            binary_kernels::signs_avx512(windows, weights_.data(), padded_outputs_, outputs, results.data());
        });
}

void BinaryConvolution::run_signs(const std::int8_t* input, std::int64_t samples,
                                  std::span<const std::int32_t> least, std::int8_t* signs) const {
    constexpr std::size_t kMostTaps = 64; // bits of a word
    if (has_vector_popcount() && taps_ <= kMostTaps) {
        return run_signs_in_vectors(input, samples, least, signs);
    }
    const auto outputs = static_cast<std::size_t>(output_.channels);
    const std::vector<std::int64_t> wide = most_negatives(least, 0);
    const std::vector<std::int32_t> most(wide.begin(), wide.end()); // `least` is far within 32 bits
    std::vector<std::int32_t> sums(outputs);
    visit_windows(input, samples, [&](const Place& place, const std::int32_t* negatives) {
        if (sees_padding(place)) {
            finish(place, negatives, sums.data());
            for (std::size_t i = 0; i < outputs; ++i) signs[i] = sums[i] >= least[i] ? 1 : -1;
        } else {
            fast_loops::signs_up_to(negatives, most.data(), signs, outputs);
        }
        signs += outputs;
    });
}

} // namespace tandem
