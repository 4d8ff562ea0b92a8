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

/// Adds to each channel's bias what its weights make of a constant.
void add_products(std::vector<std::int64_t>& bias, const LayerStep& step, std::int64_t constant) {
    const std::int64_t elements = elements_of_row(step);
    for (std::size_t channel = 0; channel < bias.size(); ++channel) {
        const auto first = step.weights.begin() + static_cast<std::ptrdiff_t>(channel) * elements;
        bias[channel] += constant * std::accumulate(first, first + elements, std::int64_t{0});
    }
}

CLayerParameters narrow_parameters(const LayerStep& step, std::int32_t zero_point) {
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
    // Less half their range, unsigned inputs are signed bytes. weight * (x - zero point) =
    // weight * (x - offset) + weight * (offset - zero point), of which the second is constant.
    const NumberFormat& read = step.input_format;
    parameters.reads_bytes = read.bits <= 8;
    if (parameters.reads_bytes && read.signedness == Signedness::is_unsigned) {
        parameters.input_offset = 1 << (read.bits - 1);
    }
    parameters.padding = zero_point - parameters.input_offset;
    parameters.bias = step.bias;
    add_products(parameters.bias, step, -std::int64_t{parameters.padding});
    for (std::int64_t& bias : parameters.bias) bias <<= parameters.weight_shift;
    return parameters;
}

/// Rows of channels: (filter row, filter column, channel).
CLayerParameters depthwise_parameters(const LayerStep& step, std::int32_t zero_point) {
    CLayerParameters parameters;
    parameters.kernel = LayerKernel::depthwise;
    parameters.weight_type = "int8_t";
    parameters.padding = zero_point;
    parameters.bias = step.bias;
    add_products(parameters.bias, step, -std::int64_t{zero_point});
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
    const std::int32_t zero_point = program.tensors[step.input].zero_point();
    constexpr std::int64_t kLargest = std::numeric_limits<std::int32_t>::max();
    parameters.sum_bits = accumulator_bound(program, alone) <= kLargest ? 32 : 64;
    if (maximum_integer(step.input_format) > std::numeric_limits<std::int16_t>::max()) {
        // As in a narrow layer; the difference fits 16-bit multipliers.
        parameters.input_offset = -std::int32_t{std::numeric_limits<std::int16_t>::min()};
    }
    parameters.padding = zero_point - parameters.input_offset;
    // What is summed then are other products than those that the bound is of.
    if (parameters.padding != 0) parameters.sum_bits = 64;
    add_products(parameters.bias, step, -std::int64_t{parameters.padding});
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
    constexpr std::array<std::string_view, std::variant_size_v<Step>> kScaledNames{
        "", "scaled_add", "", "scaled_average_pool", "scaled_requantize", "", "", "scaled_concat"};
    if (const auto* layer = std::get_if<LayerStep>(&step)) return c_name(layer_kernel(program, *layer));
    return has_scaled_rule(step) ? kScaledNames[step.index()] : kNames[step.index()];
}

std::string step_name(const IntegerProgram& program, const Step& step) {
    if (const auto* layer = std::get_if<LayerStep>(&step)) return layer->layer;
    return program.tensors[output_of(step)].name;
}

namespace {

/// The kinds of arithmetic that a step may need. One that needs none only moves or compares integers.
enum class StepArithmetic { none, factors, multiplied_once, multiplied_twice, other };

StepArithmetic arithmetic_of(MultiplierRounding rounding) {
    return rounding == MultiplierRounding::once ? StepArithmetic::multiplied_once
                                                : StepArithmetic::multiplied_twice;
}

/// Of a step in a program with scales.
struct FindArithmetic {
    StepArithmetic operator()(const Requantization& rule) const {
        if (std::holds_alternative<FloatRequantization>(rule)) return StepArithmetic::factors;
        if (const auto* by = std::get_if<MultiplierRequantization>(&rule)) return arithmetic_of(by->rounding);
        return rule == Requantization(ShiftRequantization{}) ? StepArithmetic::none : StepArithmetic::other;
    }
    StepArithmetic operator()(const LayerStep& step) const {
        const bool is_plain = !step.accumulator && !step.residual &&
                              step.weight_format.levels == Levels::all &&
                              step.input_format.levels == Levels::all;
        const StepArithmetic found = (*this)(step.requantization);
        return is_plain && found != StepArithmetic::none ? found : StepArithmetic::other;
    }
    StepArithmetic operator()(const AddStep& step) const {
        if (std::holds_alternative<FloatSum>(step.rule)) return StepArithmetic::factors;
        const auto* by = std::get_if<MultiplierSum>(&step.rule);
        return by == nullptr ? StepArithmetic::other : arithmetic_of(by->rounding);
    }
    StepArithmetic operator()(const MaxPoolStep& step) const {
        return (*this)(Requantization(step.requantization));
    }
    StepArithmetic operator()(const AveragePoolStep& step) const {
        if (std::holds_alternative<FloatMean>(step.rule)) return StepArithmetic::factors;
        if (const auto* by = std::get_if<MultiplierMean>(&step.rule)) return arithmetic_of(by->rounding);
        return std::holds_alternative<HalfAwayMean>(step.rule) ? StepArithmetic::none : StepArithmetic::other;
    }
    StepArithmetic operator()(const RequantizeStep& step) const { return (*this)(step.requantization); }
    StepArithmetic operator()(const FlattenStep& /*step*/) const { return StepArithmetic::none; }
    StepArithmetic operator()(const SelectStep& /*step*/) const { return StepArithmetic::none; }
    StepArithmetic operator()(const ConcatStep& step) const {
        StepArithmetic found = StepArithmetic::none;
        for (const Requantization& rule : step.requantizations) {
            const StepArithmetic own = (*this)(rule);
            if (own != StepArithmetic::none) found = own;
        }
        return found;
    }
};

} // namespace

bool has_scaled_rule(const Step& step) {
    struct IsScaled {
        bool operator()(const AddStep& add) const {
            return !std::holds_alternative<ShiftRequantization>(add.rule);
        }
        bool operator()(const AveragePoolStep& pool) const {
            return !std::holds_alternative<ExactMean>(pool.rule);
        }
        bool operator()(const RequantizeStep& one) const {
            return !std::holds_alternative<ShiftRequantization>(one.requantization);
        }
        bool operator()(const ConcatStep& concat) const {
            return std::ranges::any_of(concat.requantizations, [](const Requantization& rule) {
                return !std::holds_alternative<ShiftRequantization>(rule);
            });
        }
        bool operator()(const LayerStep& layer) const {
            return !std::holds_alternative<ShiftRequantization>(layer.requantization);
        }
        bool operator()(const MaxPoolStep& /*pool*/) const { return false; }
        bool operator()(const FlattenStep& /*flatten*/) const { return false; }
        bool operator()(const SelectStep& /*select*/) const { return false; }
    };
    return std::visit(IsScaled{}, step);
}

std::vector<Bytes> factor_arrays(const Step& step) {
    std::vector<Bytes> arrays;
    const auto add = [&](const Requantization& rule) {
        constexpr std::int64_t kMultiplierAndExponent = 8;
        if (const auto* by = std::get_if<FloatRequantization>(&rule)) {
            arrays.emplace_back(std::ssize(by->scales) * std::int64_t{sizeof(float)});
        }
        if (const auto* by = std::get_if<MultiplierRequantization>(&rule)) {
            arrays.emplace_back(std::ssize(by->multipliers) * kMultiplierAndExponent);
        }
    };
    if (const auto* layer = std::get_if<LayerStep>(&step)) add(layer->requantization);
    if (const auto* change = std::get_if<RequantizeStep>(&step)) add(change->requantization);
    if (const auto* concat = std::get_if<ConcatStep>(&step)) {
        for (const Requantization& rule : concat->requantizations) add(rule);
    }
    return arrays;
}

CArithmetic c_arithmetic(const IntegerProgram& program) {
    if (is_power_of_two(program)) return CArithmetic::shifts;
    for (const Step& step : program.steps) {
        const StepArithmetic found = std::visit(FindArithmetic{}, step);
        if (found == StepArithmetic::multiplied_once) return CArithmetic::multiplied_once;
        if (found == StepArithmetic::multiplied_twice) return CArithmetic::multiplied_twice;
    }
    return CArithmetic::factors;
}

std::string_view unemittable_arithmetic(const IntegerProgram& program) {
    if (is_power_of_two(program)) return "";
    constexpr std::string_view kOther =
        "an arithmetic other than shifts half to even, or scales, with exact sums";
    StepArithmetic common = StepArithmetic::none;
    for (const Step& step : program.steps) {
        const StepArithmetic found = std::visit(FindArithmetic{}, step);
        if (found == StepArithmetic::other) return kOther;
        if (found == StepArithmetic::none) continue;
        if (common != StepArithmetic::none && common != found) return "scales that are applied in two ways";
        common = found;
    }
    const bool has_scales = std::ranges::all_of(program.tensors, [](const IntegerTensor& tensor) {
        return tensor.scale.has_value() && tensor.format.levels == Levels::all;
    });
    return has_scales ? "" : kOther;
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
    const IntegerTensor& input = program.tensors[step.input];
    // With a zero point the stored integers are summed, and its products stand in the bias: on the way the
    // sum may be three times as large as the bound says of its end.
    const std::int64_t largest_narrow_sum = std::int64_t{1} << (input.zero_point() == 0 ? 30 : 28);
    const bool is_narrow = step.weight_format.bits <= 8 &&
                           maximum_integer(step.input_format) <= std::numeric_limits<std::int16_t>::max();
    if (!is_narrow) return LayerKernel::wide;
    if (step.groups == 1) {
        const int shift = 8 - packed_bits(step.weight_format);
        return largest_sum(program, step, shift) <= largest_narrow_sum ? LayerKernel::narrow
                                                                       : LayerKernel::wide;
    }
    const bool is_depthwise = step.groups == input.extents.channels &&
                              step.groups == program.tensors[step.output].extents.channels &&
                              !step.residual && step.input_format == input.format;
    return is_depthwise && largest_sum(program, step, 0) <= largest_narrow_sum ? LayerKernel::depthwise
                                                                               : LayerKernel::wide;
}

CLayerParameters c_layer_parameters(const IntegerProgram& program, const LayerStep& step) {
    switch (layer_kernel(program, step)) {
    case LayerKernel::narrow: return narrow_parameters(step, program.tensors[step.input].zero_point());
    case LayerKernel::depthwise: return depthwise_parameters(step, program.tensors[step.input].zero_point());
    case LayerKernel::wide: return wide_parameters(program, step);
    }
    return {};
}

} // namespace tandem
