#include "tandem/engine/layer_tail.h"

#include <algorithm>
#include <limits>

#include "tandem/engine/fast_loops.h"
#include "tandem/engine/headroom.h"

namespace tandem {
namespace {

constexpr Clamp kRangeOf32Bits{.minimum = std::numeric_limits<std::int32_t>::min(),
                               .maximum = std::numeric_limits<std::int32_t>::max()};

void store(const std::int32_t* integers, IntegerValues& values, std::size_t first, std::size_t count) {
    if (IntegerValues::bytes_per_element(values.format()) == 1) {
        fast_loops::take_bytes(integers, 0, 0, values.as<std::uint8_t>() + first, count);
    } else {
        fast_loops::take_words(integers, values.as<std::uint16_t>() + first, count);
    }
}

} // namespace

LayerTail::LayerTail(const IntegerProgram& program, const LayerStep& step, std::span<const std::int64_t> bias,
                     int fraction_bits)
    : output_(program.tensors[step.output].extents) {
    const IntegerTensor& output = program.tensors[step.output];
    const int shift = fraction_bits - output.format.fraction_bits;
    if (step.requantization == Requantization(ShiftRequantization{}) && output.zero_point() == 0) {
        sum_ = std::make_unique<RoundedSum>(SumRule{.bias = bias,
                                                    .shift = shift,
                                                    .clamp = step.clamp,
                                                    .largest = largest_intermediate(program, step)});
        return;
    }
    prepare_thresholds(step, accumulator_bound(program, step));
    rule_ = step.requantization;
    rule_shift_ = shift;
    clamp_ = step.clamp;
    output_zero_point_ = output.zero_point();
    sum_ = std::make_unique<RoundedSum>(SumRule{
        .bias = bias, .shift = 0, .clamp = kRangeOf32Bits, .largest = accumulator_bound(program, step)});
}

/// Short tables of thresholds, by threshold and channel, that a vector of sums is compared with.
void LayerTail::prepare_thresholds(const LayerStep& step, std::int64_t largest) {
    constexpr std::size_t kMostThresholds = 16;
    const auto* const rule = std::get_if<ThresholdRequantization>(&step.requantization);
    if (rule == nullptr || largest >= kRangeOf32Bits.maximum) return;
    std::size_t most = 0;
    for (const auto& list : rule->thresholds) most = std::max(most, list.size());
    if (most == 0 || most > kMostThresholds) return;
    const std::size_t channels = step.bias.size();
    // No sum reaches the largest integer.
    thresholds_.assign(most * channels, kRangeOf32Bits.maximum);
    lowest_ = rule->lowest;
    for (std::size_t channel = 0; channel < channels; ++channel) {
        const auto& list = rule->thresholds[rule->thresholds.size() == 1 ? 0 : channel];
        for (std::size_t i = 0; i < list.size(); ++i) {
            thresholds_[i * channels + channel] = static_cast<std::int32_t>(
                std::clamp<std::int64_t>(list[i], kRangeOf32Bits.minimum, kRangeOf32Bits.maximum));
        }
    }
}

/// The exact sums, then the rule.
void LayerTail::requantize_into(IntegerValues& output, std::size_t first, std::span<const Term> terms,
                                std::size_t count) const {
    const auto channels = static_cast<std::size_t>(output_.channels);
    const auto elements = static_cast<std::size_t>(output_.elements());
    const auto finish = [&](const auto& requantized_sum) {
        sum_->run_exact(terms, count, [&](std::size_t at, const auto* sums, std::size_t size) {
            for (std::size_t i = 0; i < size; ++i) {
                const std::size_t element = at + i;
                const Place place{.channel = element % channels, .element = element % elements};
                output.set(first + element, static_cast<std::int32_t>(std::clamp<std::int64_t>(
                                                requantized_sum(sums[i], place) + output_zero_point_,
                                                clamp_.minimum, clamp_.maximum)));
            }
        });
    };
    if (!thresholds_.empty()) {
        sum_->run(terms, count, [&](std::size_t at, const std::int32_t* sums, std::size_t size) {
            RawVector<std::int32_t> reached(size);
            fast_loops::count_reached(sums, thresholds_.data(), thresholds_.size() / channels, channels,
                                      {lowest_, clamp_.minimum, clamp_.maximum}, reached.data(), size);
            store(reached.data(), output, first + at, size);
        });
        return;
    }
    if (const auto* multipliers = std::get_if<MultiplierRequantization>(&*rule_)) {
        // One variant is looked at once for all elements; the others are rare.
        const bool is_one = multipliers->multipliers.size() == 1;
        return finish([&](std::int64_t sum, const Place& place) -> std::int64_t {
            return multiply(static_cast<std::int32_t>(sum),
                            multipliers->multipliers[is_one ? 0 : place.channel], multipliers->rounding);
        });
    }
    if (const auto* factors = std::get_if<FloatRequantization>(&*rule_)) {
        const bool is_one = factors->scales.size() == 1;
        return finish([&](std::int64_t sum, const Place& place) {
            return rounded_float(static_cast<float>(sum) * factors->scales[is_one ? 0 : place.channel]);
        });
    }
    finish(
        [&](std::int64_t sum, const Place& place) { return requantized(*rule_, sum, rule_shift_, place); });
}

void LayerTail::run_into(IntegerValues& output, std::size_t first, std::span<const Term> terms,
                         std::size_t count) const {
    if (rule_) {
        requantize_into(output, first, terms, count);
    } else {
        sum_->run_into(output, first, terms, count);
    }
}

} // namespace tandem
