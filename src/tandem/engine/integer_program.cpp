#include "tandem/engine/integer_program.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "tandem/engine/headroom.h"

namespace tandem {

namespace {

Hasher& add_format(Hasher& hasher, const NumberFormat& format) {
    return hasher.add(format.bits).add(format.fraction_bits).add(format.signedness).add(format.levels);
}

void add_multiplier(Hasher& hasher, const FixedPointMultiplier& multiplier) {
    hasher.add(multiplier.multiplier).add(multiplier.shift);
}

/// Every number of a rule of any kind.
struct AddRuleNumbers {
    Hasher& hasher;

    void operator()(const ShiftRequantization& rule) const { hasher.add(rule.rounding).add(rule.seed); }
    void operator()(const MultiplierRequantization& rule) const {
        hasher.add(rule.rounding);
        for (const FixedPointMultiplier& multiplier : rule.multipliers) add_multiplier(hasher, multiplier);
    }
    void operator()(const ThresholdRequantization& rule) const {
        hasher.add(rule.lowest);
        for (const auto& thresholds : rule.thresholds) {
            hasher.add(std::span<const std::int64_t>(thresholds));
        }
    }
    void operator()(const FloatRequantization& rule) const {
        hasher.add(std::span<const float>(rule.scales));
    }
    void operator()(const MultiplierSum& rule) const {
        hasher.add(rule.left_shift).add(rule.rounding);
        for (const auto& multiplier : {rule.left, rule.right, rule.output}) {
            add_multiplier(hasher, multiplier);
        }
    }
    void operator()(const FloatSum& rule) const { hasher.add(rule.left).add(rule.right).add(rule.output); }
    void operator()(const ExactMean&) const {}
    void operator()(const HalfAwayMean&) const {}
    void operator()(const FloatMean& rule) const { hasher.add(rule.scale); }
    void operator()(const MultiplierMean& rule) const {
        hasher.add(rule.rounding);
        add_multiplier(hasher, rule.factor);
    }
};

template <class Rule> void add_rule(Hasher& hasher, const Rule& rule) {
    hasher.add(rule.index());
    std::visit(AddRuleNumbers{hasher}, rule);
}

void add_window(Hasher& hasher, const Window& window) {
    for (const auto& pair :
         {window.kernel, window.strides, window.dilations, window.pads_begin, window.pads_end}) {
        hasher.add(pair[0]).add(pair[1]);
    }
}

void add_clamp(Hasher& hasher, const Clamp& clamp) { hasher.add(clamp.minimum).add(clamp.maximum); }

/// Everything that decides what a step computes, but for the tensors it reads and writes.
struct AddParameters {
    Hasher& hasher;

    void operator()(const LayerStep& step) const {
        add_window(hasher, step.window);
        hasher.add(step.groups).add(step.residual.has_value());
        add_format(hasher, step.input_format);
        add_format(hasher, step.weight_format);
        hasher.add(std::span<const std::int16_t>(step.weights));
        hasher.add(std::span<const std::int64_t>(step.bias));
        add_clamp(hasher, step.clamp);
        add_rule(hasher, step.requantization);
        hasher.add(step.accumulator.has_value());
        if (step.accumulator) hasher.add(step.accumulator->bits).add(step.accumulator->overflow);
    }
    void operator()(const AddStep& step) const {
        add_clamp(hasher, step.clamp);
        add_rule(hasher, step.rule);
    }
    void operator()(const MaxPoolStep& step) const {
        add_window(hasher, step.window);
        add_clamp(hasher, step.clamp);
        AddRuleNumbers{hasher}(step.requantization);
    }
    void operator()(const AveragePoolStep& step) const {
        add_window(hasher, step.window);
        hasher.add(step.counts_padding);
        add_clamp(hasher, step.clamp);
        add_rule(hasher, step.rule);
    }
    void operator()(const RequantizeStep& step) const {
        add_clamp(hasher, step.clamp);
        add_rule(hasher, step.requantization);
    }
    void operator()(const FlattenStep&) const {}
    void operator()(const SelectStep& step) const {
        for (const std::int64_t offset : step.offsets) hasher.add(offset);
        for (const std::int64_t stride : step.strides) hasher.add(stride);
        hasher.add(std::int64_t{step.fill});
    }
    void operator()(const ConcatStep& step) const {
        hasher.add(step.axis);
        add_clamp(hasher, step.clamp);
        for (const Requantization& rule : step.requantizations) add_rule(hasher, rule);
    }
};

void add_tensor(Hasher& hasher, const IntegerTensor& tensor) {
    hasher.add(tensor.extents.channels).add(tensor.extents.rows).add(tensor.extents.columns);
    add_format(hasher, tensor.format).add(tensor.scale.has_value());
    if (tensor.scale) hasher.add(tensor.scale->scale).add(tensor.scale->zero_point);
}

/// The sum of |weight * x| that one sign of the result can gather, whichever x is read; padding is 0.
std::int64_t largest_weighted_sum(const LayerStep& step, const Clamp& read, std::size_t first,
                                  std::size_t count) {
    const std::int64_t smallest_input = read.minimum;
    const std::int64_t largest_input = read.maximum;
    std::int64_t positive = 0;
    std::int64_t negative = 0;
    for (std::size_t i = first; i < first + count; ++i) {
        const std::int64_t weight = step.weights[i];
        positive += std::max(weight * smallest_input, weight * largest_input);
        negative += std::min(weight * smallest_input, weight * largest_input);
    }
    return std::max(positive, -negative);
}

} // namespace

TensorIndex output_of(const Step& step) {
    return std::visit([](const auto& any) { return any.output; }, step);
}

std::vector<TensorIndex> inputs_of(const Step& step) {
    struct Inputs {
        std::vector<TensorIndex> operator()(const LayerStep& layer) const {
            if (layer.residual) return {layer.input, *layer.residual};
            return {layer.input};
        }
        std::vector<TensorIndex> operator()(const AddStep& add) const { return {add.left, add.right}; }
        std::vector<TensorIndex> operator()(const MaxPoolStep& pool) const { return {pool.input}; }
        std::vector<TensorIndex> operator()(const AveragePoolStep& pool) const { return {pool.input}; }
        std::vector<TensorIndex> operator()(const RequantizeStep& one) const { return {one.input}; }
        std::vector<TensorIndex> operator()(const FlattenStep& flatten) const { return {flatten.input}; }
        std::vector<TensorIndex> operator()(const SelectStep& select) const { return {select.input}; }
        std::vector<TensorIndex> operator()(const ConcatStep& concat) const { return concat.inputs; }
    };
    return std::visit(Inputs{}, step);
}

bool is_power_of_two(const IntegerProgram& program) {
    const ShiftRequantization shift;
    struct HasDefaults {
        const ShiftRequantization& shift;
        bool operator()(const LayerStep& step) const {
            return step.requantization == Requantization(shift) && !step.accumulator &&
                   step.weight_scales.empty() && step.weight_format.levels == Levels::all &&
                   step.input_format.levels == Levels::all;
        }
        bool operator()(const AddStep& step) const { return step.rule == AddRule(shift); }
        bool operator()(const MaxPoolStep& step) const { return step.requantization == shift; }
        bool operator()(const AveragePoolStep& step) const { return step.rule == MeanRule(ExactMean{}); }
        bool operator()(const RequantizeStep& step) const {
            return step.requantization == Requantization(shift);
        }
        bool operator()(const FlattenStep&) const { return true; }
        bool operator()(const SelectStep&) const { return true; }
        bool operator()(const ConcatStep& step) const {
            return std::all_of(step.requantizations.begin(), step.requantizations.end(),
                               [&](const Requantization& rule) { return rule == Requantization(shift); });
        }
    };
    return std::all_of(program.tensors.begin(), program.tensors.end(),
                       [](const IntegerTensor& tensor) {
                           return !tensor.scale && tensor.format.levels == Levels::all;
                       }) &&
           std::all_of(program.steps.begin(), program.steps.end(),
                       [&](const Step& step) { return std::visit(HasDefaults{shift}, step); });
}

double value_of(const IntegerTensor& tensor, std::int32_t integer) {
    if (!tensor.scale) return std::ldexp(static_cast<double>(integer), -tensor.format.fraction_bits);
    return static_cast<double>(tensor.scale->scale) * (integer - tensor.scale->zero_point);
}

Clamp read_range(const IntegerProgram& program, const LayerStep& step) {
    const std::int32_t zero_point = program.tensors[step.input].zero_point();
    return {minimum_integer(step.input_format) - zero_point, maximum_integer(step.input_format) - zero_point};
}

std::int64_t accumulator_bound(const IntegerProgram& program, const LayerStep& step) {
    const Clamp read = read_range(program, step);
    const std::size_t filter_elements = step.weights.size() / step.bias.size();
    std::int64_t bound = 0;
    for (std::size_t channel = 0; channel < step.bias.size(); ++channel) {
        bound = std::max(bound, largest_weighted_sum(step, read, channel * filter_elements, filter_elements) +
                                    std::abs(step.bias[channel]));
    }
    if (!step.residual) return bound;
    const NumberFormat& residual = program.tensors[*step.residual].format;
    const int fraction_bits = accumulator_fraction_bits(step);
    const int finer = std::max(fraction_bits, residual.fraction_bits);
    return saturating_sum(saturating_shift(bound, finer - fraction_bits),
                          saturating_shift(largest_magnitude(residual), finer - residual.fraction_bits));
}

std::vector<ContentHash> tensor_identities(const IntegerProgram& program) {
    std::vector<ContentHash> identities(program.tensors.size());
    Hasher input;
    input.add(std::string_view("input"));
    add_tensor(input, program.tensors[program.input]);
    identities[program.input] = input.finish();
    for (const Step& step : program.steps) {
        Hasher hasher;
        hasher.add(step.index());
        for (const TensorIndex read : inputs_of(step)) hasher.add(identities[read]);
        add_tensor(hasher, program.tensors[output_of(step)]);
        std::visit(AddParameters{hasher}, step);
        identities[output_of(step)] = hasher.finish();
    }
    return identities;
}

} // namespace tandem
