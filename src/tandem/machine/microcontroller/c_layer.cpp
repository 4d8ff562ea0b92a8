#include "tandem/machine/microcontroller/c_layer.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <numeric>

#include "tandem/core/units.h"
#include "tandem/engine/headroom.h"

namespace tandem {

namespace {

/// Bits that a weight of a format takes in the image of a narrow layer.
int packed_bits(const NumberFormat& format) {
    if (format.bits <= 2) return 2;
    return format.bits <= 4 ? 4 : 8;
}

/// The largest magnitude while a layer is computed whose sums are 2^weight_shift times the integers':
/// the sum, the residual, both aligned, half a step for rounding, and a left shift to the output.
std::int64_t largest_sum(const IntegerProgram& program, const LayerStep& step, int weight_shift) {
    LayerStep alone = step;
    alone.residual.reset();
    std::int64_t bound = saturating_shift(accumulator_bound(program, alone), weight_shift);
    int fraction_bits = accumulator_fraction_bits(step) + weight_shift;
    if (step.residual) {
        const NumberFormat& residual = program.tensors[*step.residual].format;
        const int finer = std::max(fraction_bits, residual.fraction_bits);
        bound = saturating_sum(saturating_shift(bound, finer - fraction_bits),
                               saturating_shift(largest_magnitude(residual), finer - residual.fraction_bits));
        fraction_bits = finer;
    }
    const int shift = fraction_bits - program.tensors[step.output].format.fraction_bits;
    if (shift <= 0) return saturating_shift(bound, -shift);
    return saturating_sum(bound, saturating_shift(1, shift - 1));
}

std::int64_t elements_of_row(const LayerStep& step) {
    return std::ssize(step.weights) / std::ssize(step.bias);
}

CLayerParameters narrow_parameters(const LayerStep& step) {
    CLayerParameters parameters;
    parameters.kernel = LayerKernel::narrow;
    parameters.weight_type = "uint8_t";
    parameters.weight_bits = packed_bits(step.weight_format);
    parameters.weight_shift = 8 - parameters.weight_bits;
    const std::int64_t elements = elements_of_row(step);
    const std::int64_t multiple = std::max(8, 32 / parameters.weight_bits); // whole words, two quads at least
    parameters.row_elements = divide_up(elements, multiple) * multiple;
    std::vector<std::int64_t> rows;
    for (auto row = step.weights.begin(); row != step.weights.end(); row += elements) {
        rows.insert(rows.end(), row, row + elements);
        rows.resize(rows.size() + static_cast<std::size_t>(parameters.row_elements - elements));
    }
    parameters.weights = pack_weights(rows, parameters.weight_bits);
    // Less half their range, unsigned inputs are signed bytes: weight * x = weight * (x - offset) + weight *
    // offset.
    const NumberFormat& read = step.input_format;
    parameters.reads_bytes = read.bits <= 8;
    if (parameters.reads_bytes && read.signedness == Signedness::is_unsigned) {
        parameters.input_offset = 1 << (read.bits - 1);
    }
    for (std::size_t channel = 0; channel < step.bias.size(); ++channel) {
        const auto first = step.weights.begin() + static_cast<std::ptrdiff_t>(channel) * elements;
        const std::int64_t sum = std::accumulate(first, first + elements, std::int64_t{0});
        parameters.bias.push_back((step.bias[channel] + parameters.input_offset * sum)
                                  << parameters.weight_shift);
    }
    return parameters;
}

/// Rows of channels: (filter row, filter column, channel).
CLayerParameters depthwise_parameters(const LayerStep& step) {
    CLayerParameters parameters;
    parameters.kernel = LayerKernel::depthwise;
    parameters.weight_type = "int8_t";
    parameters.bias = step.bias;
    const std::int64_t elements = elements_of_row(step);
    const std::int64_t channels = std::ssize(step.bias);
    for (std::int64_t element = 0; element < elements; ++element) {
        for (std::int64_t channel = 0; channel < channels; ++channel) {
            parameters.weights.push_back(
                step.weights[static_cast<std::size_t>(channel * elements + element)]);
        }
    }
    return parameters;
}

CLayerParameters wide_parameters(const IntegerProgram& program, const LayerStep& step) {
    CLayerParameters parameters;
    parameters.kernel = LayerKernel::wide;
    parameters.bias = step.bias;
    parameters.weight_bits = step.weight_format.bits <= 8 ? 8 : 16;
    parameters.weight_type = parameters.weight_bits == 8 ? "int8_t" : "int16_t";
    parameters.row_elements = elements_of_row(step);
    parameters.weights.assign(step.weights.begin(), step.weights.end());
    LayerStep alone = step;
    alone.residual.reset();
    constexpr std::int64_t kLargest = std::numeric_limits<std::int32_t>::max();
    parameters.sum_bits = accumulator_bound(program, alone) <= kLargest ? 32 : 64;
    if (maximum_integer(step.input_format) > std::numeric_limits<std::int16_t>::max()) {
        // weight * x = weight * (x - offset) + weight * offset; the first fits 16-bit multipliers, the
        // second is constant.
        parameters.input_offset = -std::int32_t{std::numeric_limits<std::int16_t>::min()};
        parameters.sum_bits = 64;
        for (std::size_t channel = 0; channel < step.bias.size(); ++channel) {
            const auto first =
                parameters.weights.begin() + static_cast<std::ptrdiff_t>(channel) * parameters.row_elements;
            parameters.bias[channel] +=
                parameters.input_offset *
                std::accumulate(first, first + parameters.row_elements, std::int64_t{0});
        }
    }
    const bool fits = std::all_of(parameters.bias.begin(), parameters.bias.end(),
                                  [](std::int64_t bias) { return std::abs(bias) <= kLargest; });
    parameters.bias_bits = fits ? 32 : 64;
    return parameters;
}

} // namespace

std::string_view c_name(LayerKernel kernel) {
    switch (kernel) {
    case LayerKernel::narrow: return "layer";
    case LayerKernel::depthwise: return "depthwise";
    case LayerKernel::wide: return "wide_layer";
    }
    return "";
}

std::string_view kernel_name(const IntegerProgram& program, const Step& step) {
    constexpr std::array<std::string_view, std::variant_size_v<Step>> kNames{
        "", "add", "max_pool", "average_pool", "requantize", "flatten", "select", "concat"};
    const auto* layer = std::get_if<LayerStep>(&step);
    return layer == nullptr ? kNames[step.index()] : c_name(layer_kernel(program, *layer));
}

std::string step_name(const IntegerProgram& program, const Step& step) {
    if (const auto* layer = std::get_if<LayerStep>(&step)) return layer->layer;
    return program.tensors[output_of(step)].name;
}

std::string_view unemittable_arithmetic(const IntegerProgram& program) {
    if (is_power_of_two(program)) return "";
    const bool has_scales = std::any_of(program.tensors.begin(), program.tensors.end(),
                                        [](const IntegerTensor& tensor) { return tensor.scale.has_value(); });
    return has_scales ? "scales that are no powers of two"
                      : "an arithmetic other than shifts half to even with exact sums";
}

std::int64_t CLayerParameters::patch_elements() const {
    switch (kernel) {
    case LayerKernel::narrow: return 2 * row_elements;
    case LayerKernel::depthwise: return 0;
    case LayerKernel::wide: return row_elements;
    }
    return 0;
}

std::vector<std::int64_t> pack_weights(const std::vector<std::int64_t>& rows, int bits) {
    const std::size_t parts = static_cast<std::size_t>(8 / bits);
    std::vector<std::int64_t> bytes(rows.size() / parts);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::size_t word = i / (4 * parts);
        const std::size_t part = i / 4 % parts;
        const std::int64_t element = rows[i] & ((1 << bits) - 1);
        bytes[word * 4 + i % 4] |= element << (static_cast<std::size_t>(bits) * part);
    }
    return bytes;
}

LayerKernel layer_kernel(const IntegerProgram& program, const LayerStep& step) {
    constexpr std::int64_t kLargestNarrowSum = std::int64_t{1} << 30;
    const IntegerTensor& input = program.tensors[step.input];
    const bool is_narrow = step.weight_format.bits <= 8 &&
                           maximum_integer(step.input_format) <= std::numeric_limits<std::int16_t>::max();
    if (!is_narrow) return LayerKernel::wide;
    if (step.groups == 1) {
        const int shift = 8 - packed_bits(step.weight_format);
        return largest_sum(program, step, shift) <= kLargestNarrowSum ? LayerKernel::narrow
                                                                      : LayerKernel::wide;
    }
    const bool is_depthwise = step.groups == input.extents.channels &&
                              step.groups == program.tensors[step.output].extents.channels &&
                              !step.residual && step.input_format == input.format;
    return is_depthwise && largest_sum(program, step, 0) <= kLargestNarrowSum ? LayerKernel::depthwise
                                                                              : LayerKernel::wide;
}

CLayerParameters c_layer_parameters(const IntegerProgram& program, const LayerStep& step) {
    switch (layer_kernel(program, step)) {
    case LayerKernel::narrow: return narrow_parameters(step);
    case LayerKernel::depthwise: return depthwise_parameters(step);
    case LayerKernel::wide: return wide_parameters(program, step);
    }
    return {};
}

} // namespace tandem
