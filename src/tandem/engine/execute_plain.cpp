// The definition of integer execution, one loop nest a step, in int64_t throughout. Meant to be
// read beside docs/integer-semantics.md; nothing here is done for speed.

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "tandem/core/check.h"
#include "tandem/engine/headroom.h"
#include "tandem/engine/integer_executor.h"

namespace tandem {

namespace {

/// A stored tensor of some samples, addressed by sample, row, column and channel.
template <class Values> struct TensorView {
    const IntegerTensor& tensor;
    Values& values;

    std::size_t index(std::int64_t sample, std::int64_t row, std::int64_t column,
                      std::int64_t channel) const {
        const Extents& extents = tensor.extents;
        return static_cast<std::size_t>(
            ((sample * extents.rows + row) * extents.columns + column) * extents.channels + channel);
    }
    bool holds(std::int64_t row, std::int64_t column) const {
        return row >= 0 && row < tensor.extents.rows && column >= 0 && column < tensor.extents.columns;
    }
    std::int64_t at(std::int64_t sample, std::int64_t row, std::int64_t column, std::int64_t channel) const {
        return values[index(sample, row, column, channel)];
    }
    int fraction_bits() const { return tensor.format.fraction_bits; }
};

using Source = TensorView<const IntegerValues>;

std::int32_t clamped(std::int64_t integer, const Clamp& clamp) {
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(integer, clamp.minimum, clamp.maximum));
}

/// Adds up a layer's products, in an accumulator as wide as it needs to be or of a stated width.
class Sum {
  public:
    Sum(std::int64_t start, const std::optional<Accumulator>& accumulator) : accumulator_(accumulator) {
        add(start);
    }

    void add(std::int64_t term) {
        value_ += term;
        if (!accumulator_ || accumulator_->overflow != Overflow::saturate) return;
        const std::int64_t half = std::int64_t{1} << (accumulator_->bits - 1);
        value_ = std::clamp(value_, -half, half - 1);
    }

    std::int64_t value() const {
        if (!accumulator_ || accumulator_->overflow != Overflow::wrap) return value_;
        const std::int64_t half = std::int64_t{1} << (accumulator_->bits - 1);
        return ((value_ + half) & (2 * half - 1)) - half;
    }

  private:
    std::optional<Accumulator> accumulator_;
    std::int64_t value_ = 0;
};

/// The input's row (0) or column (1) under a filter element, possibly in the padding.
std::int64_t source_position(const Window& window, std::size_t axis, std::int64_t output,
                             std::int64_t filter) {
    return output * window.strides[axis] - window.pads_begin[axis] + filter * window.dilations[axis];
}

struct Executor {
    const IntegerProgram& program;
    std::int64_t samples;
    std::span<const IntegerValues* const> stored; ///< by tensor: those the step reads
    IntegerValues& result;

    Source source(TensorIndex tensor) const { return {program.tensors[tensor], *stored[tensor]}; }

    /// The integer at `fraction_bits` requantised for a place of the output.
    std::int32_t finished(const Requantization& rule, std::int64_t integer, int fraction_bits,
                          const IntegerTensor& output, const Clamp& clamp, Place place) const {
        const std::int64_t rounded =
            requantized(rule, integer, fraction_bits - output.format.fraction_bits, place);
        return clamped(rounded + output.zero_point(), clamp);
    }

    /// Computes each element of a tensor by compute(sample, row, column, channel).
    template <class Compute> void fill(TensorIndex output, const Compute& compute) const {
        const IntegerTensor& tensor = program.tensors[output];
        IntegerValues values(tensor.format, static_cast<std::size_t>(samples * tensor.extents.elements()));
        const TensorView<IntegerValues> view{tensor, values};
        for (std::int64_t sample = 0; sample < samples; ++sample) {
            for (std::int64_t row = 0; row < tensor.extents.rows; ++row) {
                for (std::int64_t column = 0; column < tensor.extents.columns; ++column) {
                    for (std::int64_t channel = 0; channel < tensor.extents.channels; ++channel) {
                        values.set(view.index(sample, row, column, channel),
                                   compute(sample, row, column, channel));
                    }
                }
            }
        }
        result = std::move(values);
    }

    /// The output's place at a row, column and channel, as requantisation knows it.
    static Place place_of(const IntegerTensor& output, std::int64_t row, std::int64_t column,
                          std::int64_t channel) {
        const Extents& extents = output.extents;
        return {.channel = static_cast<std::size_t>(channel),
                .element =
                    static_cast<std::size_t>((row * extents.columns + column) * extents.channels + channel)};
    }

    void operator()(const LayerStep& step) const {
        const Source input = source(step.input);
        const IntegerTensor& output = program.tensors[step.output];
        const std::int64_t group_inputs = input.tensor.extents.channels / step.groups;
        const std::int64_t group_outputs = output.extents.channels / step.groups;
        fill(step.output,
             [&](std::int64_t sample, std::int64_t row, std::int64_t column, std::int64_t channel) {
                 Sum sum(step.bias[static_cast<std::size_t>(channel)], step.accumulator);
                 for (std::int64_t fy = 0; fy < step.window.kernel[0]; ++fy) {
                     for (std::int64_t fx = 0; fx < step.window.kernel[1]; ++fx) {
                         const std::int64_t y = source_position(step.window, 0, row, fy);
                         const std::int64_t x = source_position(step.window, 1, column, fx);
                         if (!input.holds(y, x)) continue; // padding is zero
                         for (std::int64_t c = 0; c < group_inputs; ++c) {
                             const std::int64_t weight = step.weights[static_cast<std::size_t>(
                                 ((channel * step.window.kernel[0] + fy) * step.window.kernel[1] + fx) *
                                     group_inputs +
                                 c)];
                             const std::int64_t read =
                                 input.at(sample, y, x, channel / group_outputs * group_inputs + c);
                             sum.add(weight * multiplied(input.tensor, read, step.input_format));
                         }
                     }
                 }
                 std::int64_t accumulator = sum.value();
                 int fraction_bits = accumulator_fraction_bits(step);
                 if (step.residual) {
                     const Source residual = source(*step.residual);
                     accumulator =
                         aligned_sum(accumulator, fraction_bits, residual.at(sample, row, column, channel),
                                     residual.fraction_bits());
                     fraction_bits = std::max(fraction_bits, residual.fraction_bits());
                 }
                 return finished(step.requantization, accumulator, fraction_bits, output, step.clamp,
                                 place_of(output, row, column, channel));
             });
    }

    /// What the multiplier reads of a stored integer.
    static std::int64_t multiplied(const IntegerTensor& input, std::int64_t stored_integer,
                                   const NumberFormat& format) {
        if (input.scale) return stored_integer - input.zero_point();
        return requantize(stored_integer, input.format.fraction_bits, format);
    }

    void operator()(const AddStep& step) const {
        const Source left = source(step.left);
        const Source right = source(step.right);
        const IntegerTensor& output = program.tensors[step.output];
        fill(step.output,
             [&](std::int64_t sample, std::int64_t row, std::int64_t column, std::int64_t channel) {
                 const std::int64_t l = left.at(sample, row, column, channel) - left.tensor.zero_point();
                 const std::int64_t r = right.at(sample, row, column, channel) - right.tensor.zero_point();
                 if (const auto* rule = std::get_if<MultiplierSum>(&step.rule)) {
                     return clamped(multiplied_sum(*rule, l, r) + output.zero_point(), step.clamp);
                 }
                 if (const auto* rule = std::get_if<FloatSum>(&step.rule)) {
                     return clamped(float_sum(*rule, l, r) + output.zero_point(), step.clamp);
                 }
                 const std::int64_t sum = aligned_sum(l, left.fraction_bits(), r, right.fraction_bits());
                 return finished(std::get<ShiftRequantization>(step.rule), sum,
                                 std::max(left.fraction_bits(), right.fraction_bits()), output, step.clamp,
                                 place_of(output, row, column, channel));
             });
    }

    static std::int64_t multiplied_sum(const MultiplierSum& rule, std::int64_t left, std::int64_t right) {
        const auto scaled = [&](std::int64_t integer, const FixedPointMultiplier& by) {
            return multiply(static_cast<std::int32_t>(integer * (std::int64_t{1} << rule.left_shift)), by,
                            rule.rounding);
        };
        return multiply(scaled(left, rule.left) + scaled(right, rule.right), rule.output, rule.rounding);
    }

    static std::int64_t float_sum(const FloatSum& rule, std::int64_t left, std::int64_t right) {
        const float sum = rule.left * static_cast<float>(left) + rule.right * static_cast<float>(right);
        return rounded_float(sum / rule.output);
    }

    /// The exact sum of two integers at the finer of their radix points.
    static std::int64_t aligned_sum(std::int64_t left, int left_fraction_bits, std::int64_t right,
                                    int right_fraction_bits) {
        const int finer = std::max(left_fraction_bits, right_fraction_bits);
        return shift_half_even(left, left_fraction_bits - finer) +
               shift_half_even(right, right_fraction_bits - finer);
    }

    /// Visits the elements of a pooling window that lie inside the input.
    template <class Visit>
    static void visit_window(const Window& window, const Source& input, std::int64_t sample, std::int64_t row,
                             std::int64_t column, std::int64_t channel, const Visit& visit) {
        for (std::int64_t fy = 0; fy < window.kernel[0]; ++fy) {
            for (std::int64_t fx = 0; fx < window.kernel[1]; ++fx) {
                const std::int64_t y = source_position(window, 0, row, fy);
                const std::int64_t x = source_position(window, 1, column, fx);
                if (input.holds(y, x)) visit(input.at(sample, y, x, channel));
            }
        }
    }

    void operator()(const MaxPoolStep& step) const {
        const Source input = source(step.input);
        const IntegerTensor& output = program.tensors[step.output];
        fill(step.output, [&](std::int64_t sample, std::int64_t row, std::int64_t column,
                              std::int64_t channel) {
            std::int64_t maximum = std::numeric_limits<std::int32_t>::min();
            visit_window(step.window, input, sample, row, column, channel,
                         [&](std::int64_t element) { maximum = std::max(maximum, element); });
            return finished(step.requantization, maximum - input.tensor.zero_point(), input.fraction_bits(),
                            output, step.clamp, place_of(output, row, column, channel));
        });
    }

    void operator()(const AveragePoolStep& step) const {
        const Source input = source(step.input);
        const IntegerTensor& output = program.tensors[step.output];
        fill(step.output,
             [&](std::int64_t sample, std::int64_t row, std::int64_t column, std::int64_t channel) {
                 std::int64_t sum = 0;
                 std::int64_t inside = 0;
                 visit_window(step.window, input, sample, row, column, channel, [&](std::int64_t element) {
                     sum += element - input.tensor.zero_point();
                     ++inside;
                 });
                 const std::int64_t count =
                     step.counts_padding ? step.window.kernel[0] * step.window.kernel[1] : inside;
                 return clamped(mean_of(step.rule, sum, count, input.tensor, output), step.clamp);
             });
    }

    /// `sum` is that of integers less their zero point; the result has the output's.
    static std::int64_t mean_of(const MeanRule& rule, std::int64_t sum, std::int64_t count,
                                const IntegerTensor& input, const IntegerTensor& output) {
        if (std::holds_alternative<HalfAwayMean>(rule)) {
            // The stored integers themselves are averaged, and with them their sign decides a tie.
            return divide_half_away(sum + count * input.zero_point(), count);
        }
        if (const auto* mean = std::get_if<FloatMean>(&rule)) {
            return rounded_float(static_cast<float>(sum) / static_cast<float>(count) * mean->scale) +
                   output.zero_point();
        }
        if (const auto* mean = std::get_if<MultiplierMean>(&rule)) {
            return divide_half_away(multiply(static_cast<std::int32_t>(sum), mean->factor, mean->rounding),
                                    count) +
                   output.zero_point();
        }
        const int shift = output.format.fraction_bits - input.format.fraction_bits;
        return divide_half_even(shift_half_even(sum, -std::max(shift, 0)),
                                shift_half_even(count, std::min(shift, 0))) +
               output.zero_point();
    }

    void operator()(const RequantizeStep& step) const {
        const Source input = source(step.input);
        const IntegerTensor& output = program.tensors[step.output];
        fill(step.output, [&](std::int64_t sample, std::int64_t row, std::int64_t column,
                              std::int64_t channel) {
            const std::int64_t integer = input.at(sample, row, column, channel) - input.tensor.zero_point();
            return finished(step.requantization, integer, input.fraction_bits(), output, step.clamp,
                            place_of(output, row, column, channel));
        });
    }

    void operator()(const FlattenStep& step) const {
        const Source input = source(step.input);
        const Extents& extents = input.tensor.extents;
        fill(step.output, [&](std::int64_t sample, std::int64_t, std::int64_t, std::int64_t channel) {
            const std::int64_t column = channel % extents.columns;
            const std::int64_t row = channel / extents.columns % extents.rows;
            return static_cast<std::int32_t>(
                input.at(sample, row, column, channel / (extents.columns * extents.rows)));
        });
    }

    void operator()(const SelectStep& step) const {
        const Source input = source(step.input);
        fill(step.output,
             [&](std::int64_t sample, std::int64_t row, std::int64_t column, std::int64_t channel) {
                 const std::int64_t c = step.offsets[0] + step.strides[0] * channel;
                 const std::int64_t y = step.offsets[1] + step.strides[1] * row;
                 const std::int64_t x = step.offsets[2] + step.strides[2] * column;
                 const bool is_inside = input.holds(y, x) && c >= 0 && c < input.tensor.extents.channels;
                 return is_inside ? static_cast<std::int32_t>(input.at(sample, y, x, c)) : step.fill;
             });
    }

    void operator()(const ConcatStep& step) const {
        const IntegerTensor& output = program.tensors[step.output];
        fill(step.output,
             [&](std::int64_t sample, std::int64_t row, std::int64_t column, std::int64_t channel) {
                 std::array<std::int64_t, 3> place{channel, row, column};
                 std::size_t part = 0;
                 while (place[step.axis] >= program.tensors[step.inputs[part]].extents.along(step.axis)) {
                     place[step.axis] -= program.tensors[step.inputs[part]].extents.along(step.axis);
                     ++part;
                 }
                 const Source input = source(step.inputs[part]);
                 const std::int64_t integer =
                     input.at(sample, place[1], place[2], place[0]) - input.tensor.zero_point();
                 return finished(step.requantizations[part], integer, input.fraction_bits(), output,
                                 step.clamp, place_of(output, row, column, channel));
             });
    }
};

} // namespace

IntegerValues quantize_input(const IntegerProgram& program, std::span<const float> samples) {
    const IntegerTensor& tensor = program.tensors[program.input];
    const auto channels = static_cast<std::size_t>(tensor.extents.channels);
    const auto pixels = static_cast<std::size_t>(tensor.extents.rows * tensor.extents.columns);
    TANDEM_CHECK(samples.size() % (channels * pixels) == 0, "whole samples");
    IntegerValues values(tensor.format, samples.size());
    for (std::size_t sample = 0; sample < samples.size() / (channels * pixels); ++sample) {
        for (std::size_t channel = 0; channel < channels; ++channel) {
            for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
                const float value = samples[(sample * channels + channel) * pixels + pixel];
                values.set((sample * pixels + pixel) * channels + channel,
                           tensor.scale ? quantize(value, tensor.format, *tensor.scale)
                                        : quantize(value, tensor.format));
            }
        }
    }
    return values;
}

std::vector<IntegerValues> execute_plain(const IntegerProgram& program, const IntegerValues& input,
                                         std::int64_t samples) {
    TANDEM_CHECK(static_cast<std::int64_t>(input.size()) ==
                     samples * program.tensors[program.input].extents.elements(),
                 "an input of that many samples");
    std::vector<IntegerValues> stored(program.tensors.size());
    stored[program.input] = input;
    for (std::size_t step = 0; step < program.steps.size(); ++step) {
        std::vector<const IntegerValues*> inputs;
        for (const TensorIndex tensor : inputs_of(program.steps[step])) inputs.push_back(&stored[tensor]);
        stored[output_of(program.steps[step])] = execute_plain_step(program, step, inputs, samples);
    }
    return stored;
}

IntegerValues execute_plain_step(const IntegerProgram& program, std::size_t step,
                                 std::span<const IntegerValues* const> inputs, std::int64_t samples) {
    const std::vector<TensorIndex> reads = inputs_of(program.steps[step]);
    TANDEM_CHECK(inputs.size() == reads.size(), "one tensor for each input of the step");
    std::vector<const IntegerValues*> stored(program.tensors.size());
    for (std::size_t i = 0; i < reads.size(); ++i) stored[reads[i]] = inputs[i];
    IntegerValues result;
    std::visit(Executor{program, samples, stored, result}, program.steps[step]);
    return result;
}

} // namespace tandem
