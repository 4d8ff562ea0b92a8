// Random integer programs of every kind of step and width, valid by construction.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tandem/core/random.h"
#include "tandem/engine/headroom.h"
#include "tandem/engine/integer_executor.h"
#include "tandem/engine/integer_program.h"

namespace tandem {

class RandomProgram {
  public:
    explicit RandomProgram(std::uint64_t seed) : random_(seed) {}

    /// A program of `steps` steps whose last tensor is the output.
    IntegerProgram draw(int steps) {
        program_ = {};
        program_.name = "random";
        program_.tensors.push_back(
            {"input", {between(1, 6), between(4, 8), between(4, 8)}, any_format(between(4, 16))});
        while (std::ssize(program_.steps) < steps) try_step();
        program_.output = program_.tensors.size() - 1;
        return program_;
    }

    /// Samples that reach past both ends of the input's range.
    std::vector<float> samples(const IntegerProgram& program, std::int64_t count) {
        return draw_samples(random_, program, count);
    }

  private:
    static std::vector<float> draw_samples(Random& random, const IntegerProgram& program,
                                           std::int64_t count) {
        const IntegerTensor& input = program.tensors[program.input];
        const float largest =
            dequantize(maximum_integer(input.format), input.format) + dequantize(1, input.format);
        std::vector<float> values(static_cast<std::size_t>(count * input.extents.elements()));
        const float step = dequantize(1, input.format);
        for (float& value : values) {
            value = largest * static_cast<float>(random.uniform() * 2.4 - 1.2);
            if (random.below(2) == 0) value = (std::floor(value / step) + 0.5F) * step; // a tie
        }
        return values;
    }

    std::int64_t between(std::int64_t least, std::int64_t most) {
        return least + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(most - least + 1)));
    }
    bool happens(double probability) { return random_.uniform() < probability; }

    NumberFormat any_format(std::int64_t bits) {
        return {static_cast<int>(bits), static_cast<int>(between(-2, 12)),
                happens(0.5) ? Signedness::is_signed : Signedness::is_unsigned};
    }

    TensorIndex any_tensor() { return random_.below(program_.tensors.size()); }

    /// A tensor of these extents, if there is one besides the latest guess.
    std::optional<TensorIndex> tensor_like(const Extents& extents) {
        const std::size_t start = any_tensor();
        for (std::size_t i = 0; i < program_.tensors.size(); ++i) {
            const std::size_t index = (start + i) % program_.tensors.size();
            if (program_.tensors[index].extents == extents) return index;
        }
        return std::nullopt;
    }

    /// A window that fits an input; `largest_pad` keeps poolings from seeing padding alone.
    Window any_window(const Extents& input, std::int64_t largest_pad) {
        Window window;
        const std::array<std::int64_t, 2> extents{input.rows, input.columns};
        for (std::size_t axis = 0; axis < 2; ++axis) {
            window.kernel[axis] = std::min(between(1, 3), extents[axis]);
            window.strides[axis] = between(1, 2);
            window.pads_begin[axis] = std::min(between(0, largest_pad), window.kernel[axis] - 1);
            window.pads_end[axis] = std::min(between(0, largest_pad), window.kernel[axis] - 1);
            if (largest_pad > 1 && (window.kernel[axis] - 1) * 2 + 1 <= extents[axis]) {
                window.dilations[axis] = between(1, 2);
            }
        }
        return window;
    }

    static Extents slide(const Window& window, const Extents& input, std::int64_t channels) {
        const auto outputs = [&](std::size_t axis, std::int64_t extent) {
            const std::int64_t spanned = (window.kernel[axis] - 1) * window.dilations[axis] + 1;
            return (extent + window.pads_begin[axis] + window.pads_end[axis] - spanned) /
                       window.strides[axis] +
                   1;
        };
        return {channels, outputs(0, input.rows), outputs(1, input.columns)};
    }

    /// Adds the output of a step whose result is at most `magnitude` at `fraction_bits`, in 16 bits that
    /// hold it; `keep` replaces the format.
    TensorIndex add_output(const Extents& extents, std::int64_t magnitude, int fraction_bits) {
        const int spare = static_cast<int>(std::log2(static_cast<double>(magnitude) + 1.0)) - 14;
        const NumberFormat format{
            16, std::clamp(fraction_bits - spare, kMinimumFractionBits, kMaximumFractionBits),
            Signedness::is_signed};
        const std::string name = "tensor" + std::to_string(program_.tensors.size());
        program_.tensors.push_back({name, extents, format});
        return program_.tensors.size() - 1;
    }

    Clamp any_clamp(const NumberFormat& format) {
        Clamp clamp{minimum_integer(format), maximum_integer(format)};
        if (happens(0.3)) clamp.minimum = 0;
        if (happens(0.2)) clamp.maximum = std::max(clamp.minimum, clamp.maximum / 2);
        return clamp;
    }

    void try_step() {
        const std::size_t tensors = program_.tensors.size();
        const TensorIndex input = happens(0.7) ? tensors - 1 : any_tensor();
        const std::int64_t kind = between(0, 11);
        if (kind <= 4) {
            keep(layer(input), tensors);
        } else if (kind == 5) {
            keep(add(input), tensors);
        } else if (kind == 6) {
            keep(max_pool(input), tensors);
        } else if (kind == 7) {
            keep(average_pool(input), tensors);
        } else if (kind == 8) {
            keep(requantize(input), tensors);
        } else if (kind == 9) {
            keep(select(input), tensors);
        } else if (kind == 10) {
            keep(concat(input), tensors);
        } else if (happens(0.3)) {
            keep(flatten(input), tensors);
        }
    }

    bool is_within_headroom() const {
        return largest_intermediate(program_, program_.steps.back()) <= kLargestIntermediate;
    }

    /// The latest tensor's integers on a few samples.
    std::vector<std::int32_t> latest_integers() const {
        constexpr std::int64_t kSamples = 4;
        Random random(1);
        const std::vector<float> samples = draw_samples(random, program_, kSamples);
        const IntegerValues values =
            execute_plain(program_, quantize_input(program_, samples), kSamples).back();
        std::vector<std::int32_t> integers;
        for (std::size_t i = 0; i < values.size(); ++i) integers.push_back(values[i]);
        return integers;
    }

    /// Keeps a step if it stays within 62 bits and its output, in a random format about as large as
    /// its values, still differs from element to element: what is constant proves nothing.
    void keep(Step step, std::size_t tensors_before) {
        program_.steps.push_back(std::move(step));
        if (!is_within_headroom() || !settle_output()) {
            program_.steps.pop_back();
            program_.tensors.resize(tensors_before);
        }
    }

    bool settle_output() {
        Step& step = program_.steps.back();
        NumberFormat& format = program_.tensors.back().format;
        if (!std::holds_alternative<FlattenStep>(step) && !std::holds_alternative<SelectStep>(step)) {
            std::visit(
                [&](auto& any) {
                    set_clamp(any, {minimum_integer(format), maximum_integer(format)});
                },
                step);
            std::int32_t largest = 1;
            for (const std::int32_t integer : latest_integers())
                largest = std::max(largest, std::abs(integer));
            const int provisional = format.fraction_bits;
            format = any_format(happens(0.2) ? between(1, 3) : between(4, 16));
            const int spare = static_cast<int>(std::log2(static_cast<double>(largest))) + 1 - format.bits;
            format.fraction_bits = std::clamp(provisional - spare + static_cast<int>(between(-1, 1)),
                                              kMinimumFractionBits, kMaximumFractionBits);
            std::visit([&](auto& any) { set_clamp(any, any_clamp(format)); }, step);
        }
        if (!is_within_headroom()) return false;
        const std::vector<std::int32_t> integers = latest_integers();
        const std::size_t distinct = std::set<std::int32_t>(integers.begin(), integers.end()).size();
        return distinct >= std::min<std::size_t>(8, std::size_t{1} << format.bits);
    }

    template <class AnyStep> static void set_clamp(AnyStep& step, const Clamp& clamp) { step.clamp = clamp; }
    static void set_clamp(FlattenStep&, const Clamp&) {}
    static void set_clamp(SelectStep&, const Clamp&) {}

    Step layer(TensorIndex input) {
        const IntegerTensor read = program_.tensors[input];
        LayerStep step;
        step.layer = "layer" + std::to_string(program_.steps.size());
        step.input = input;
        const std::int64_t channels = read.extents.channels;
        step.groups = happens(0.3) ? channels : (channels % 2 == 0 && happens(0.3) ? 2 : 1);
        step.window = any_window(read.extents, /*largest_pad=*/2);
        step.input_format = happens(0.5) ? read.format : any_format(between(1, 16));
        step.weight_format = {static_cast<int>(between(1, 16)), static_cast<int>(between(-1, 14)),
                              Signedness::is_signed};
        const std::int64_t outputs = step.groups * between(1, 3);
        const std::int64_t filter = step.window.kernel[0] * step.window.kernel[1] * channels / step.groups;
        const Extents extents = slide(step.window, read.extents, outputs);
        const bool has_extremes = happens(0.3);
        for (std::int64_t i = 0; i < outputs * filter; ++i) {
            const std::int64_t least = minimum_integer(step.weight_format);
            const std::int64_t most = maximum_integer(step.weight_format);
            const std::int64_t weight = has_extremes ? (happens(0.5) ? least : most) : between(least, most);
            step.weights.push_back(static_cast<std::int16_t>(weight));
        }
        const std::int64_t largest_bias = std::int64_t{1} << between(0, happens(0.1) ? 40 : 16);
        for (std::int64_t i = 0; i < outputs; ++i) step.bias.push_back(between(-largest_bias, largest_bias));
        if (happens(0.5)) step.residual = tensor_like(extents);
        const std::int64_t magnitude = accumulator_bound(program_, step);
        int fraction_bits = accumulator_fraction_bits(step);
        if (step.residual) {
            fraction_bits = std::max(fraction_bits, program_.tensors[*step.residual].format.fraction_bits);
        }
        step.output = add_output(extents, magnitude, fraction_bits);
        return step;
    }

    Step add(TensorIndex left) {
        const IntegerTensor read = program_.tensors[left];
        AddStep step{.left = left, .right = *tensor_like(read.extents), .output = 0, .clamp = {}};
        step.output = add_output(read.extents, largest_magnitude(read.format), read.format.fraction_bits);
        return step;
    }

    Step max_pool(TensorIndex input) {
        const IntegerTensor read = program_.tensors[input];
        const Window window = any_window(read.extents, /*largest_pad=*/1);
        MaxPoolStep step{.input = input, .output = 0, .window = window, .clamp = {}};
        step.output = add_output(slide(window, read.extents, read.extents.channels),
                                 largest_magnitude(read.format), read.format.fraction_bits);
        return step;
    }

    Step average_pool(TensorIndex input) {
        const IntegerTensor read = program_.tensors[input];
        Window window = any_window(read.extents, /*largest_pad=*/1);
        if (happens(0.3)) window = {.kernel = {read.extents.rows, read.extents.columns}};
        AveragePoolStep step{
            .input = input, .output = 0, .window = window, .counts_padding = happens(0.5), .clamp = {}};
        step.output = add_output(slide(window, read.extents, read.extents.channels),
                                 largest_magnitude(read.format), read.format.fraction_bits);
        return step;
    }

    Step requantize(TensorIndex input) {
        const IntegerTensor read = program_.tensors[input];
        RequantizeStep step{.input = input, .output = 0, .clamp = {}};
        step.output = add_output(read.extents, largest_magnitude(read.format), read.format.fraction_bits);
        return step;
    }

    Step flatten(TensorIndex input) {
        const IntegerTensor read = program_.tensors[input];
        const std::string name = "tensor" + std::to_string(program_.tensors.size());
        program_.tensors.push_back({name, {.channels = read.extents.elements()}, read.format});
        return FlattenStep{.input = input, .output = program_.tensors.size() - 1};
    }

    Step select(TensorIndex input) {
        const IntegerTensor read = program_.tensors[input];
        const std::string name = "tensor" + std::to_string(program_.tensors.size());
        const Extents extents{.channels = between(1, read.extents.channels + 2),
                              .rows = between(1, read.extents.rows + 1),
                              .columns = between(1, read.extents.columns + 1)};
        program_.tensors.push_back({name, extents, read.format});
        return SelectStep{.input = input,
                          .output = program_.tensors.size() - 1,
                          .offsets = {between(-2, 2), between(-1, 1), between(-1, 1)},
                          .strides = {1, between(1, 2), happens(0.2) ? -1 : 1},
                          .fill = maximum_integer(read.format)};
    }

    /// A tensor with another of the same extents, or with itself.
    Step concat(TensorIndex input) {
        const IntegerTensor read = program_.tensors[input];
        const TensorIndex other = happens(0.8) ? *tensor_like(read.extents) : input;
        ConcatStep step{.inputs = {input, other},
                        .output = 0,
                        .axis = static_cast<std::size_t>(between(0, 2)),
                        .clamp = {},
                        .requantizations = {2, ShiftRequantization{}}};
        Extents extents = read.extents;
        (step.axis == 0 ? extents.channels : step.axis == 1 ? extents.rows : extents.columns) *= 2;
        step.output = add_output(extents, largest_magnitude(read.format), read.format.fraction_bits);
        return step;
    }

    Random random_;
    IntegerProgram program_;
};

} // namespace tandem
