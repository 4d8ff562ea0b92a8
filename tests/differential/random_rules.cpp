#include "random_rules.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "tandem/engine/headroom.h"

namespace tandem {
namespace {

std::int64_t between(Random& random, std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most - least + 1)));
}

ShiftRequantization random_shift(Random& random) {
    constexpr std::array kRoundings{Rounding::half_even, Rounding::half_away, Rounding::half_up,
                                    Rounding::truncation, Rounding::stochastic};
    return {.rounding = kRoundings[random.below(kRoundings.size())], .seed = random.below(1000)};
}

ThresholdRequantization random_table(Random& random, const LayerStep& step, std::int64_t bound) {
    const std::size_t lists = random.below(2) == 0 ? 1 : step.bias.size();
    ThresholdRequantization table{.lowest = step.clamp.minimum, .thresholds = {}};
    const std::int64_t most = std::min<std::int64_t>(bound, std::int64_t{1} << 40);
    for (std::size_t list = 0; list < lists; ++list) {
        auto& thresholds = table.thresholds.emplace_back();
        for (std::int64_t i = between(random, 0, 20); i > 0; --i) {
            thresholds.push_back(between(random, -most, most));
        }
        std::sort(thresholds.begin(), thresholds.end());
    }
    return table;
}

/// A factor that brings sums of about `bound` to integers of the format, per channel or for all.
std::vector<double> random_factors(Random& random, std::size_t channels, std::int64_t bound,
                                   const NumberFormat& output) {
    std::vector<double> factors(random.below(2) == 0 ? 1 : channels);
    for (double& factor : factors) {
        factor = static_cast<double>(maximum_integer(output) + 1) / static_cast<double>(bound + 1) *
                 std::exp2(random.uniform() * 8.0 - 2.0);
    }
    return factors;
}

/// Draws how a step applies scales, where steps need not be alike.
struct ArithmeticChoice {
    Random& random;
    ScaleArithmetic arithmetic;

    bool takes_factors(std::uint64_t one_in) const {
        if (arithmetic != ScaleArithmetic::mixed) return arithmetic == ScaleArithmetic::factors;
        return random.below(one_in) == 0;
    }
    MultiplierRounding rounding() const {
        if (arithmetic == ScaleArithmetic::multiplied_once) return MultiplierRounding::once;
        if (arithmetic == ScaleArithmetic::multiplied_twice) return MultiplierRounding::twice;
        return random.below(2) == 0 ? MultiplierRounding::once : MultiplierRounding::twice;
    }
    /// Multipliers or float factors for sums up to `bound`, of which multipliers take those of 32 bits alone.
    Requantization rule(const std::vector<double>& factors, std::int64_t bound = 0) const {
        const bool is_long = bound > std::numeric_limits<std::int32_t>::max();
        if (takes_factors(3) || (is_long && arithmetic == ScaleArithmetic::mixed)) {
            return FloatRequantization{.scales = std::vector<float>(factors.begin(), factors.end())};
        }
        MultiplierRequantization by{.multipliers = {}, .rounding = rounding()};
        for (const double factor : factors) by.multipliers.push_back(fixed_point_multiplier(factor));
        return by;
    }
};

struct Rounder {
    Random& random;
    const IntegerProgram& program;

    void operator()(LayerStep& step) const {
        step.requantization = random_shift(random);
        const std::int64_t bound = accumulator_bound(program, step);
        if (random.below(3) == 0) step.requantization = random_table(random, step, bound);
        if (random.below(3) == 0) {
            step.accumulator =
                Accumulator{.bits = static_cast<int>(between(random, 2, 40)),
                            .overflow = random.below(2) == 0 ? Overflow::wrap : Overflow::saturate};
        }
    }
    void operator()(AddStep& step) const { step.rule = random_shift(random); }
    void operator()(MaxPoolStep& step) const { step.requantization = random_shift(random); }
    void operator()(AveragePoolStep&) const {}
    void operator()(RequantizeStep& step) const { step.requantization = random_shift(random); }
    void operator()(FlattenStep&) const {}
    void operator()(SelectStep&) const {}
    void operator()(ConcatStep& step) const {
        for (Requantization& rule : step.requantizations) rule = random_shift(random);
    }
};

struct Scaler {
    Random& random;
    IntegerProgram& program;
    ArithmeticChoice choice;

    /// Steps that move integers have one format and scale.
    void share(TensorIndex from, TensorIndex to) const {
        program.tensors[to].format = program.tensors[from].format;
        program.tensors[to].scale = program.tensors[from].scale;
    }
    Clamp whole_range(TensorIndex tensor) const {
        const NumberFormat& format = program.tensors[tensor].format;
        return {minimum_integer(format), maximum_integer(format)};
    }
    float scale(TensorIndex tensor) const { return program.tensors[tensor].scale->scale; }

    void operator()(LayerStep& step) const {
        step.residual.reset();
        step.input_format = program.tensors[step.input].format;
        step.weight_format.fraction_bits = 0;
        const std::int64_t bound = accumulator_bound(program, step);
        step.requantization = choice.rule(
            random_factors(random, step.bias.size(), bound, program.tensors[step.output].format), bound);
    }
    void operator()(AddStep& step) const {
        const bool are_bytes =
            program.tensors[step.left].format.bits <= 8 && program.tensors[step.right].format.bits <= 8;
        if (choice.takes_factors(2) || !are_bytes) {
            step.rule = FloatSum{scale(step.left), scale(step.right), scale(step.output)};
            return;
        }
        const double twice = 2.0 * std::max(scale(step.left), scale(step.right));
        step.rule = MultiplierSum{
            .left_shift = 20,
            .left = fixed_point_multiplier(scale(step.left) / twice),
            .right = fixed_point_multiplier(scale(step.right) / twice),
            .output = fixed_point_multiplier(twice / (std::ldexp(1.0, 20) * scale(step.output))),
            .rounding = choice.rounding()};
    }
    void operator()(MaxPoolStep& step) const {
        share(step.input, step.output);
        step.clamp = whole_range(step.output);
    }
    void operator()(AveragePoolStep& step) const {
        const bool is_scaled = random.below(3) != 0;
        if (is_scaled && choice.takes_factors(2)) {
            step.rule = FloatMean{scale(step.input) / scale(step.output)};
            return;
        }
        if (is_scaled) {
            step.rule = MultiplierMean{
                fixed_point_multiplier(static_cast<double>(scale(step.input)) / scale(step.output)),
                choice.rounding()};
            return;
        }
        share(step.input, step.output);
        step.clamp = whole_range(step.output);
        step.rule = HalfAwayMean{};
    }
    void operator()(RequantizeStep& step) const {
        step.requantization = choice.rule({static_cast<double>(scale(step.input)) / scale(step.output)});
    }
    void operator()(FlattenStep& step) const { share(step.input, step.output); }
    void operator()(SelectStep& step) const {
        share(step.input, step.output);
        step.fill = program.tensors[step.output].zero_point();
    }
    void operator()(ConcatStep& step) const {
        for (std::size_t part = 0; part < step.inputs.size(); ++part) {
            const IntegerTensor& from = program.tensors[step.inputs[part]];
            if (from.scale == program.tensors[step.output].scale) continue; // a shift by nothing
            step.requantizations[part] =
                choice.rule({static_cast<double>(from.scale->scale) / scale(step.output)});
        }
    }
};

} // namespace

IntegerProgram with_random_roundings(Random& random, IntegerProgram program) {
    for (Step& step : program.steps) std::visit(Rounder{random, program}, step);
    return program;
}

std::optional<IntegerProgram> with_random_scales(Random& random, IntegerProgram program,
                                                 ScaleArithmetic arithmetic) {
    for (IntegerTensor& tensor : program.tensors) {
        tensor.format.fraction_bits = 0;
        tensor.scale =
            AffineScale{.scale = static_cast<float>(std::exp2(random.uniform() * 6.0 - 8.0)),
                        .zero_point = static_cast<std::int32_t>(
                            between(random, minimum_integer(tensor.format), maximum_integer(tensor.format)))};
    }
    for (Step& step : program.steps) {
        std::visit(Scaler{random, program, {random, arithmetic}}, step);
        if (const auto* const layer = std::get_if<LayerStep>(&step)) {
            const std::int64_t bound = accumulator_bound(program, *layer);
            const std::int64_t allowed = needs_32_bit_sums(layer->requantization)
                                             ? std::numeric_limits<std::int32_t>::max()
                                             : kLargestIntermediate;
            if (bound > allowed) return std::nullopt;
        }
        const auto* const add = std::get_if<AddStep>(&step);
        const bool has_factors = add != nullptr && std::holds_alternative<FloatSum>(add->rule);
        if (has_factors && arithmetic != ScaleArithmetic::mixed && arithmetic != ScaleArithmetic::factors) {
            return std::nullopt;
        }
    }
    return program;
}

} // namespace tandem
