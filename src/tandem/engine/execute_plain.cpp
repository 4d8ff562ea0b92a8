// The definition of integer execution, one loop nest a step, in int64_t throughout. Meant to be
// read beside docs/integer-semantics.md; nothing here is done for speed.

#include <algorithm>
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

/// The integer at `fraction_bits` brought to the output's radix point and range.
std::int32_t rounded(std::int64_t integer, int fraction_bits, const IntegerTensor& output,
                     const Clamp& clamp) {
    const std::int64_t shifted = shift_half_even(integer, fraction_bits - output.format.fraction_bits);
    return static_cast<std::int32_t>(std::clamp<std::int64_t>(shifted, clamp.minimum, clamp.maximum));
}

/// The input's row (0) or column (1) under a filter element, possibly in the padding.
std::int64_t source_position(const Window& window, std::size_t axis, std::int64_t output,
                             std::int64_t filter) {
    return output * window.strides[axis] - window.pads_begin[axis] + filter * window.dilations[axis];
}

struct Executor {
    const IntegerProgram& program;
    std::int64_t samples;
    std::vector<IntegerValues>& stored;

    Source source(TensorIndex tensor) const { return {program.tensors[tensor], stored[tensor]}; }

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
        stored[output] = std::move(values);
    }

    void operator()(const LayerStep& step) const {
        const Source input = source(step.input);
        const IntegerTensor& output = program.tensors[step.output];
        const std::int64_t group_inputs = input.tensor.extents.channels / step.groups;
        const std::int64_t group_outputs = output.extents.channels / step.groups;
        fill(step.output, [&](std::int64_t sample, std::int64_t row, std::int64_t column,
                              std::int64_t channel) {
            std::int64_t accumulator = step.bias[static_cast<std::size_t>(channel)];
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
                        accumulator += weight * requantize(read, input.fraction_bits(), step.input_format);
                    }
                }
            }
            int fraction_bits = accumulator_fraction_bits(step);
            if (step.residual) {
                const Source residual = source(*step.residual);
                accumulator =
                    aligned_sum(accumulator, fraction_bits, residual.at(sample, row, column, channel),
                                residual.fraction_bits());
                fraction_bits = std::max(fraction_bits, residual.fraction_bits());
            }
            return rounded(accumulator, fraction_bits, output, step.clamp);
        });
    }

    void operator()(const AddStep& step) const {
        const Source left = source(step.left);
        const Source right = source(step.right);
        fill(step.output,
             [&](std::int64_t sample, std::int64_t row, std::int64_t column, std::int64_t channel) {
                 const std::int64_t sum =
                     aligned_sum(left.at(sample, row, column, channel), left.fraction_bits(),
                                 right.at(sample, row, column, channel), right.fraction_bits());
                 return rounded(sum, std::max(left.fraction_bits(), right.fraction_bits()),
                                program.tensors[step.output], step.clamp);
             });
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
        fill(step.output,
             [&](std::int64_t sample, std::int64_t row, std::int64_t column, std::int64_t channel) {
                 std::int64_t maximum = std::numeric_limits<std::int32_t>::min();
                 visit_window(step.window, input, sample, row, column, channel,
                              [&](std::int64_t element) { maximum = std::max(maximum, element); });
                 return rounded(maximum, input.fraction_bits(), program.tensors[step.output], step.clamp);
             });
    }

    void operator()(const AveragePoolStep& step) const {
        const Source input = source(step.input);
        const int shift = program.tensors[step.output].format.fraction_bits - input.fraction_bits();
        fill(step.output,
             [&](std::int64_t sample, std::int64_t row, std::int64_t column, std::int64_t channel) {
                 std::int64_t sum = 0;
                 std::int64_t inside = 0;
                 visit_window(step.window, input, sample, row, column, channel, [&](std::int64_t element) {
                     sum += element;
                     ++inside;
                 });
                 const std::int64_t count =
                     step.counts_padding ? step.window.kernel[0] * step.window.kernel[1] : inside;
                 const std::int64_t mean = divide_half_even(shift_half_even(sum, -std::max(shift, 0)),
                                                            shift_half_even(count, std::min(shift, 0)));
                 return static_cast<std::int32_t>(
                     std::clamp<std::int64_t>(mean, step.clamp.minimum, step.clamp.maximum));
             });
    }

    void operator()(const RequantizeStep& step) const {
        const Source input = source(step.input);
        fill(step.output,
             [&](std::int64_t sample, std::int64_t row, std::int64_t column, std::int64_t channel) {
                 return rounded(input.at(sample, row, column, channel), input.fraction_bits(),
                                program.tensors[step.output], step.clamp);
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
                values.set((sample * pixels + pixel) * channels + channel,
                           quantize(samples[(sample * channels + channel) * pixels + pixel], tensor.format));
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
    for (const Step& step : program.steps) std::visit(Executor{program, samples, stored}, step);
    return stored;
}

} // namespace tandem
