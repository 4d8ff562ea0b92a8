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

LayerTail::LayerTail(const TailRule& rule)
    : channels_(rule.bias.size()), elements_(static_cast<std::size_t>(rule.output.extents.elements())) {
    const int shift = rule.fraction_bits - rule.output.format.fraction_bits;
    if (rule.requantization == Requantization(ShiftRequantization{}) && rule.output.zero_point() == 0) {
        sum_ = std::make_unique<RoundedSum>(
            SumRule{.bias = rule.bias, .shift = shift, .clamp = rule.clamp, .largest = rule.largest});
        return;
    }
    rule_ = rule.requantization;
    rule_shift_ = shift;
    clamp_ = rule.clamp;
    output_zero_point_ = rule.output.zero_point();
    sum_ = std::make_unique<RoundedSum>(
        SumRule{.bias = rule.bias, .shift = 0, .clamp = kRangeOf32Bits, .largest = rule.largest_sum});
    prepare_thresholds(rule.largest_sum);
    if (const auto* factors = std::get_if<FloatRequantization>(&*rule_)) {
        scales_.resize(sum_->block());
        for (std::size_t i = 0; i < scales_.size(); ++i) {
            scales_[i] = factors->scales[i % factors->scales.size()];
        }
    }
}

/// Short tables of thresholds, by threshold and channel, that a vector of sums is compared with.
void LayerTail::prepare_thresholds(std::int64_t largest) {
    constexpr std::size_t kMostThresholds = 16;
    const auto* const rule = std::get_if<ThresholdRequantization>(&*rule_);
    if (rule == nullptr || largest >= kRangeOf32Bits.maximum) return;
    std::size_t most = 0;
    for (const auto& list : rule->thresholds) most = std::max(most, list.size());
    if (most == 0 || most > kMostThresholds) return;
    // No sum reaches the largest integer.
    thresholds_.assign(most * channels_, kRangeOf32Bits.maximum);
    lowest_ = rule->lowest;
    for (std::size_t channel = 0; channel < channels_; ++channel) {
        const auto& list = rule->thresholds[rule->thresholds.size() == 1 ? 0 : channel];
        for (std::size_t i = 0; i < list.size(); ++i) {
            thresholds_[i * channels_ + channel] = static_cast<std::int32_t>(
                std::clamp<std::int64_t>(list[i], kRangeOf32Bits.minimum, kRangeOf32Bits.maximum));
        }
    }
}

void LayerTail::count_thresholds(IntegerValues& output, std::size_t first, std::span<const Term> terms,
                                 std::size_t count) const {
    RawVector<std::int32_t> reached(sum_->block());
    sum_->run(terms, count, [&](std::size_t at, const std::int32_t* sums, std::size_t size) {
        fast_loops::count_reached(sums, thresholds_.data(), thresholds_.size() / channels_, channels_,
                                  {lowest_, clamp_.minimum, clamp_.maximum}, reached.data(), size);
        store(reached.data(), output, first + at, size);
    });
}

void LayerTail::rescale(IntegerValues& output, std::size_t first, std::span<const Term> terms,
                        std::size_t count) const {
    RawVector<std::int32_t> scaled(sum_->block());
    sum_->run_exact(terms, count, [&](std::size_t at, const auto* sums, std::size_t size) {
        fast_loops::rescale(sums, scales_.data(), {output_zero_point_, clamp_.minimum, clamp_.maximum},
                            scaled.data(), size);
        store(scaled.data(), output, first + at, size);
    });
}

/// The exact sums, then the rule, element by element.
void LayerTail::requantize_into(IntegerValues& output, std::size_t first, std::span<const Term> terms,
                                std::size_t count) const {
    RawVector<std::int32_t> integers(sum_->block());
    const auto finish = [&](const auto& requantized_sum) {
        sum_->run_exact(terms, count, [&](std::size_t at, const auto* sums, std::size_t size) {
            for (std::size_t i = 0; i < size; ++i) {
                const Place place{.channel = (at + i) % channels_, .element = (at + i) % elements_};
                integers[i] = static_cast<std::int32_t>(std::clamp<std::int64_t>(
                    requantized_sum(sums[i], place) + output_zero_point_, clamp_.minimum, clamp_.maximum));
            }
            store(integers.data(), output, first + at, size);
        });
    };
    if (const auto* multipliers = std::get_if<MultiplierRequantization>(&*rule_)) {
        // One variant is looked at once for all elements_; the others are rare.
        const bool is_one = multipliers->multipliers.size() == 1;
        return finish([&](std::int64_t sum, const Place& place) -> std::int64_t {
            return multiply(static_cast<std::int32_t>(sum),
                            multipliers->multipliers[is_one ? 0 : place.channel], multipliers->rounding);
        });
    }
    finish(
        [&](std::int64_t sum, const Place& place) { return requantized(*rule_, sum, rule_shift_, place); });
}

void LayerTail::run_into(IntegerValues& output, std::size_t first, std::span<const Term> terms,
                         std::size_t count) const {
    if (!rule_) {
        sum_->run_into(output, first, terms, count);
    } else if (!scales_.empty()) {
        rescale(output, first, terms, count);
    } else if (!thresholds_.empty()) {
        count_thresholds(output, first, terms, count);
    } else {
        requantize_into(output, first, terms, count);
    }
}

} // namespace tandem
