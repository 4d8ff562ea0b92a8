#include "tandem/engine/rules.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "tandem/core/check.h"

namespace tandem {

namespace {

/// Beyond it a multiplier's shift would leave 32 bits.
constexpr double kLargestFactor = 1 << 30;
/// Thresholds of an output with more bits would be more numbers than its weights.
constexpr int kLargestTableBits = 8;

MultiplierRounding rounding_of(const Arithmetic& arithmetic) {
    return arithmetic.requantization == RequantizationKind::multiplier_once ? MultiplierRounding::once
                                                                            : MultiplierRounding::twice;
}

ShiftRequantization shift_of(const Arithmetic& arithmetic) {
    return {.rounding = arithmetic.rounding, .seed = arithmetic.seed};
}

tl::unexpected<NoRule> no_rule(std::string found, std::string expected) {
    return tl::unexpected(NoRule{std::move(found), std::move(expected)});
}

bool is_bipolar(const IntegerTensor& tensor) { return tensor.format.levels == Levels::bipolar; }

/// A sum's sign as a table: -1 below 0, 1 from there on.
ThresholdRequantization sign_table() { return {.lowest = -1, .thresholds = {{0, 0}}}; }

tl::unexpected<NoRule> no_sign() {
    return no_rule("a bipolar output", "one format for input and output; layers alone write bipolar tensors");
}

RuleOr<Requantization> multiplier_rule(const Arithmetic& arithmetic, const std::vector<double>& factors) {
    MultiplierRequantization rule{.multipliers = {}, .rounding = rounding_of(arithmetic)};
    for (const double factor : factors) {
        if (factor >= kLargestFactor) {
            return no_rule(fmt::format("{} steps of the output in one of the sum", factor),
                           "fewer than 2^30");
        }
        rule.multipliers.push_back(fixed_point_multiplier(factor));
    }
    return rule;
}

/// Requantises by factors: one of the input times each of the weights, over one of the output.
RuleOr<Requantization> scaled_rule(const Arithmetic& arithmetic, const AffineScale& input,
                                   std::span<const float> weight_scales, const AffineScale& output) {
    if (arithmetic.requantization == RequantizationKind::floating) {
        FloatRequantization rule;
        for (const float scale : weight_scales) {
            rule.scales.push_back(input.scale * scale / output.scale); // in this order, in float
            if (!std::isfinite(rule.scales.back())) {
                return no_rule("scales too far apart for a float factor", "scales that lie closer together");
            }
        }
        return rule;
    }
    std::vector<double> factors;
    for (const float scale : weight_scales) {
        factors.push_back(static_cast<double>(input.scale) * static_cast<double>(scale) /
                          static_cast<double>(output.scale));
    }
    return multiplier_rule(arithmetic, factors);
}

/// An affine tensor that is not changed but for a clamp.
tl::unexpected<NoRule> no_change(std::string_view what) {
    return no_rule(fmt::format("{} between two scales", what), "one scale and zero point for both");
}

} // namespace

RuleOr<Requantization> layer_rule(const Arithmetic& arithmetic, const IntegerTensor& input,
                                  std::span<const float> weight_scales, int fraction_bits,
                                  const IntegerTensor& output, const Clamp& clamp) {
    if (is_bipolar(output)) return sign_table();
    switch (arithmetic.requantization) {
    case RequantizationKind::shift: return shift_of(arithmetic);
    case RequantizationKind::threshold: {
        if (output.format.bits > kLargestTableBits) return shift_of(arithmetic);
        constexpr int kLargestShift = 40;
        const int shift = fraction_bits - output.format.fraction_bits;
        if (shift > kLargestShift) {
            return no_rule(fmt::format("a shift of {} bits", shift), "at most 40 for a table of thresholds");
        }
        return threshold_table(arithmetic.rounding, shift, clamp.minimum, clamp.maximum);
    }
    case RequantizationKind::multiplier_twice:
    case RequantizationKind::multiplier_once:
    case RequantizationKind::floating:
        return scaled_rule(arithmetic, *input.scale, weight_scales, *output.scale);
    }
    TANDEM_CHECK(false, "a requantization of a known kind");
}

RuleOr<AddRule> add_rule(const Arithmetic& arithmetic, const IntegerTensor& left, const IntegerTensor& right,
                         const IntegerTensor& output) {
    if (is_bipolar(output)) return no_sign();
    switch (arithmetic.requantization) {
    case RequantizationKind::shift:
    case RequantizationKind::threshold: return shift_of(arithmetic);
    case RequantizationKind::floating:
        return FloatSum{
            .left = left.scale->scale, .right = right.scale->scale, .output = output.scale->scale};
    case RequantizationKind::multiplier_twice:
    case RequantizationKind::multiplier_once: break;
    }
    constexpr int kByteShift = 20; // of TensorFlow Lite: 8 bits, a sign for the zero point, and a spare
    if (left.format.bits > 8 || right.format.bits > 8) {
        return no_rule("an Add of more than 8 bits", "8 bits, which a shift of 20 keeps within 32");
    }
    const double left_scale = left.scale->scale;
    const double right_scale = right.scale->scale;
    const double twice_the_larger = 2.0 * std::max(left_scale, right_scale);
    const double factor = twice_the_larger / (std::ldexp(1.0, kByteShift) * output.scale->scale);
    if (factor >= kLargestFactor) {
        return no_rule(fmt::format("{} steps of the output in one of the sum", factor), "fewer than 2^30");
    }
    return MultiplierSum{.left_shift = kByteShift,
                         .left = fixed_point_multiplier(left_scale / twice_the_larger),
                         .right = fixed_point_multiplier(right_scale / twice_the_larger),
                         .output = fixed_point_multiplier(factor),
                         .rounding = rounding_of(arithmetic)};
}

RuleOr<MeanRule> mean_rule(const Arithmetic& arithmetic, bool is_global, const IntegerTensor& input,
                           const IntegerTensor& output) {
    if (is_bipolar(output)) return no_sign();
    switch (arithmetic.requantization) {
    case RequantizationKind::shift:
    case RequantizationKind::threshold: return ExactMean{};
    case RequantizationKind::floating: return FloatMean{.scale = input.scale->scale / output.scale->scale};
    case RequantizationKind::multiplier_twice:
    case RequantizationKind::multiplier_once: break;
    }
    if (is_global) {
        const double factor = static_cast<double>(input.scale->scale) / output.scale->scale;
        const std::int64_t most = input.extents.rows * input.extents.columns << input.format.bits;
        if (factor >= kLargestFactor || most > std::numeric_limits<std::int32_t>::max()) {
            return no_rule(fmt::format("a mean of {} values by a factor of {}",
                                       input.extents.rows * input.extents.columns, factor),
                           "a sum within 32 bits, and a factor below 2^30");
        }
        return MultiplierMean{.factor = fixed_point_multiplier(factor), .rounding = rounding_of(arithmetic)};
    }
    if (input.scale != output.scale) return no_change("an average");
    return HalfAwayMean{};
}

RuleOr<Requantization> change_rule(const Arithmetic& arithmetic, const IntegerTensor& input,
                                   const IntegerTensor& output) {
    if (is_bipolar(output) && input.format != output.format) return sign_table();
    if (!uses_scales(arithmetic.requantization)) return shift_of(arithmetic);
    if (input.scale == output.scale) return ShiftRequantization{};
    constexpr float kOne = 1.0F;
    return scaled_rule(arithmetic, *input.scale, std::span(&kOne, 1), *output.scale);
}

RuleOr<ShiftRequantization> maximum_rule(const Arithmetic& arithmetic, const IntegerTensor& input,
                                         const IntegerTensor& output) {
    if (is_bipolar(output) && input.format != output.format) return no_sign();
    if (!uses_scales(arithmetic.requantization)) return shift_of(arithmetic);
    if (input.scale != output.scale) return no_change("a maximum");
    return ShiftRequantization{};
}

} // namespace tandem
