#include "random_program.h"

#include <algorithm>
#include <string>

#include "tandem/engine/headroom.h"

namespace tandem {
namespace {

std::int64_t between(Random& random, std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(most - least + 1)));
}

bool chance(Random& random, std::uint64_t one_in) { return random.below(one_in) == 0; }

NumberFormat random_format(Random& random, Signedness signedness) {
    const int bits = static_cast<int>(between(random, 1, kMaximumBits));
    return {bits, bits - static_cast<int>(between(random, -3, 8)), signedness};
}

NumberFormat random_format(Random& random) {
    return random_format(random, chance(random, 2) ? Signedness::is_signed : Signedness::is_unsigned);
}

std::int32_t random_integer(Random& random, const NumberFormat& format, Spread spread) {
    const std::int32_t least = minimum_integer(format);
    const std::int32_t most = maximum_integer(format);
    if (spread == Spread::extreme) return chance(random, 64) ? least : most;
    return static_cast<std::int32_t>(between(random, least, most));
}

/// The format's whole range, or what a Relu or Clip leaves of it.
Clamp random_clamp(Random& random, const NumberFormat& format) {
    Clamp clamp{minimum_integer(format), maximum_integer(format)};
    if (chance(random, 3)) clamp.minimum = std::max(clamp.minimum, 0);
    if (chance(random, 4)) {
        clamp.maximum = static_cast<std::int32_t>(between(random, clamp.minimum, clamp.maximum));
    }
    return clamp;
}

std::int64_t spanned(std::int64_t kernel, std::int64_t dilation) { return (kernel - 1) * dilation + 1; }

enum class Padding { any, less_than_kernel };

/// A window that fits the extents.
Window random_window(Random& random, const Extents& extents, Padding padding) {
    Window window;
    for (std::size_t axis = 0; axis < 2; ++axis) {
        const std::int64_t extent = axis == 0 ? extents.rows : extents.columns;
        do {
            window.kernel[axis] = between(random, 1, 4);
            window.strides[axis] = between(random, 1, 3);
            window.dilations[axis] = padding == Padding::any ? between(random, 1, 2) : 1;
            const std::int64_t most = padding == Padding::any ? 3 : window.kernel[axis] - 1;
            window.pads_begin[axis] = between(random, 0, most);
            window.pads_end[axis] = between(random, 0, most);
        } while (window.pads_begin[axis] + extent + window.pads_end[axis] <
                 spanned(window.kernel[axis], window.dilations[axis]));
    }
    return window;
}

Extents slide(const Window& window, const Extents& extents, std::int64_t channels) {
    const auto places = [&](std::size_t axis, std::int64_t extent) {
        const std::int64_t padded = window.pads_begin[axis] + extent + window.pads_end[axis];
        return (padded - spanned(window.kernel[axis], window.dilations[axis])) / window.strides[axis] + 1;
    };
    return {channels, places(0, extents.rows), places(1, extents.columns)};
}

struct ProgramMaker {
    Random& random;
    Spread spread;
    IntegerProgram program = {};

    TensorIndex add_tensor(const Extents& extents, const NumberFormat& format) {
        program.tensors.push_back({"tensor" + std::to_string(program.tensors.size()), extents, format});
        return program.tensors.size() - 1;
    }
    TensorIndex add_tensor(const Extents& extents) { return add_tensor(extents, random_format(random)); }
    const Extents& extents(TensorIndex tensor) const { return program.tensors[tensor].extents; }
    Clamp clamp_of(TensorIndex tensor) { return random_clamp(random, program.tensors[tensor].format); }

    /// A layer on `input` into a new tensor of `outputs`; parameters are drawn afresh.
    LayerStep layer(TensorIndex input, const Window& window, std::int64_t groups, const Extents& outputs) {
        LayerStep step;
        step.layer = "layer" + std::to_string(program.steps.size());
        step.input = input;
        step.output = add_tensor(outputs);
        step.window = window;
        step.groups = groups;
        // Half of the layers read the input as it is stored.
        step.input_format = chance(random, 2)
                                ? program.tensors[input].format
                                : random_format(random, program.tensors[input].format.signedness);
        step.weight_format = random_format(random, Signedness::is_signed);
        const std::int64_t reads = window.kernel[0] * window.kernel[1] * extents(input).channels / groups;
        for (std::int64_t channel = 0; channel < outputs.channels; ++channel) {
            for (std::int64_t i = 0; i < reads; ++i) {
                step.weights.push_back(
                    static_cast<std::int16_t>(random_integer(random, step.weight_format, spread)));
            }
            step.bias.push_back(between(random, -100'000, 100'000));
        }
        step.clamp = clamp_of(step.output);
        return step;
    }

    /// A layer, at times with another layer's output as its residual.
    TensorIndex add_layer(TensorIndex input) {
        const std::int64_t channels = extents(input).channels;
        const std::int64_t groups = chance(random, 3)                        ? channels
                                    : chance(random, 3) && channels % 2 == 0 ? 2
                                                                             : 1;
        const Window window = random_window(random, extents(input), Padding::any);
        const Extents outputs =
            slide(window, extents(input), groups * between(random, 1, groups > 2 ? 2 : 20));
        LayerStep step = layer(input, window, groups, outputs);
        if (chance(random, 3)) {
            step.residual = step.output;
            program.steps.push_back(step);
            std::get<LayerStep>(program.steps.back()).residual.reset();
            const TensorIndex residual = step.output;
            step = layer(input, window, groups, outputs);
            step.residual = residual;
        }
        program.steps.push_back(step);
        return step.output;
    }

    TensorIndex add_addition(TensorIndex input) {
        const TensorIndex other = add_tensor(extents(input));
        program.steps.push_back(RequantizeStep{input, other, clamp_of(other)});
        const TensorIndex output = add_tensor(extents(input));
        program.steps.push_back(AddStep{input, other, output, clamp_of(output)});
        return output;
    }

    TensorIndex add_pool(TensorIndex input) {
        const Window window = random_window(random, extents(input), Padding::less_than_kernel);
        const TensorIndex output = add_tensor(slide(window, extents(input), extents(input).channels));
        if (chance(random, 2)) {
            program.steps.push_back(MaxPoolStep{input, output, window, clamp_of(output)});
        } else {
            program.steps.push_back(
                AveragePoolStep{input, output, window, chance(random, 2), clamp_of(output)});
        }
        return output;
    }

    TensorIndex add_flattening(TensorIndex input) {
        const TensorIndex output =
            add_tensor({.channels = extents(input).elements()}, program.tensors[input].format);
        program.steps.push_back(FlattenStep{input, output});
        return output;
    }

    /// Some elements, backwards at times, with some filling around them.
    TensorIndex add_selection(TensorIndex input) {
        const Extents from = extents(input);
        const Extents to{.channels = between(random, 1, 2 * from.channels),
                         .rows = between(random, 1, 6),
                         .columns = between(random, 1, 6)};
        SelectStep step{.input = input, .output = add_tensor(to, program.tensors[input].format)};
        for (std::size_t axis = 0; axis < 3; ++axis) {
            step.offsets[axis] = between(random, -3, 3);
            step.strides[axis] = chance(random, 4) ? -1 : between(random, 1, 2);
        }
        step.fill = random_integer(random, program.tensors[input].format, spread);
        program.steps.push_back(step);
        return step.output;
    }

    /// The input with parts of other extents along one axis, formats their own at times.
    TensorIndex add_concatenation(TensorIndex input) {
        ConcatStep step{.inputs = {}, .output = 0, .axis = random.below(3), .clamp = {}};
        Extents whole = extents(input);
        for (std::int64_t parts = between(random, 0, 2); parts > 0; --parts) {
            Extents part = extents(input);
            (step.axis == 0   ? part.channels
             : step.axis == 1 ? part.rows
                              : part.columns) = between(random, 1, 5);
            SelectStep select{.input = input, .output = add_tensor(part, program.tensors[input].format)};
            program.steps.push_back(select);
            step.inputs.push_back(select.output);
            if (chance(random, 2)) {
                const TensorIndex other = add_tensor(part);
                program.steps.push_back(RequantizeStep{select.output, other, clamp_of(other)});
                step.inputs.back() = other;
            }
            whole.channels += step.axis == 0 ? part.channels : 0;
            whole.rows += step.axis == 1 ? part.rows : 0;
            whole.columns += step.axis == 2 ? part.columns : 0;
        }
        step.inputs.insert(step.inputs.begin() + between(random, 0, std::ssize(step.inputs)), input);
        step.requantizations.assign(step.inputs.size(), ShiftRequantization{});
        step.output =
            chance(random, 2) ? add_tensor(whole, program.tensors[input].format) : add_tensor(whole);
        step.clamp = clamp_of(step.output);
        program.steps.push_back(step);
        return step.output;
    }

    TensorIndex add_step(TensorIndex input) {
        switch (random.below(9)) {
        case 0: return add_addition(input);
        case 1: return add_pool(input);
        case 2: return add_flattening(input);
        case 3: return add_selection(input);
        case 4: return add_concatenation(input);
        default: return add_layer(input);
        }
    }
};

bool has_headroom(const IntegerProgram& program) {
    return std::all_of(program.steps.begin(), program.steps.end(), [&](const Step& step) {
        return largest_intermediate(program, step) <= kLargestIntermediate;
    });
}

} // namespace

IntegerProgram random_program(Random& random, std::int64_t steps, Spread spread) {
    for (;;) {
        ProgramMaker maker{random, spread};
        TensorIndex last = maker.add_tensor(
            {between(random, 1, chance(random, 3) ? 70 : 8), between(random, 1, 9), between(random, 1, 9)});
        for (std::int64_t i = between(random, 1, steps); i > 0; --i) last = maker.add_step(last);
        maker.program.name = "random";
        maker.program.output = last;
        if (has_headroom(maker.program)) return std::move(maker.program);
    }
}

IntegerValues random_values(Random& random, const IntegerTensor& tensor, std::int64_t samples,
                            Spread spread) {
    IntegerValues values(tensor.format, static_cast<std::size_t>(samples * tensor.extents.elements()));
    for (std::size_t i = 0; i < values.size(); ++i) {
        values.set(i, random_integer(random, tensor.format, spread));
    }
    return values;
}

} // namespace tandem
