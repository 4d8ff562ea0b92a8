// A chain in which every step but the first may write its output over its input.
#pragma once

#include <string>
#include <utility>

#include "tandem/core/random.h"
#include "tandem/engine/integer_program.h"

namespace tandem {

/// Grows an integer program step by step; weights are small and random.
class ChainOfSteps {
  public:
    ChainOfSteps(const Extents& input, const NumberFormat& format) : format_(format) {
        program_.name = "chain";
        program_.tensors.push_back({"input", input, format});
    }

    ChainOfSteps& layer(const std::string& name, std::int64_t channels, const Window& window,
                        std::int64_t groups = 1) {
        LayerStep step;
        step.layer = name;
        step.input = program_.output;
        step.window = window;
        step.groups = groups;
        step.input_format = format_;
        step.weight_format = {.bits = 4, .fraction_bits = 3, .signedness = Signedness::is_signed};
        const std::int64_t inputs = latest().extents.channels / groups;
        for (std::int64_t i = 0; i < channels * inputs * window.kernel[0] * window.kernel[1]; ++i) {
            step.weights.push_back(static_cast<std::int16_t>(random_.below(16)) - 8);
        }
        for (std::int64_t i = 0; i < channels; ++i) {
            step.bias.push_back(static_cast<std::int64_t>(random_.below(100)) - 50);
        }
        step.clamp = whole_range();
        return add(std::move(step), outputs(channels, window));
    }
    ChainOfSteps& depthwise(const std::string& name, const Window& window) {
        return layer(name, latest().extents.channels, window, latest().extents.channels);
    }
    ChainOfSteps& max_pool(const Window& window) {
        return add(MaxPoolStep{.window = window, .clamp = whole_range()},
                   outputs(latest().extents.channels, window));
    }
    ChainOfSteps& mean() {
        const Extents& extents = latest().extents;
        return add(
            AveragePoolStep{.window = {.kernel = {extents.rows, extents.columns}}, .clamp = whole_range()},
            {.channels = extents.channels});
    }
    ChainOfSteps& flatten() { return add(FlattenStep{}, {.channels = latest().extents.elements()}); }

    const IntegerProgram& program() const { return program_; }

  private:
    const IntegerTensor& latest() const { return program_.tensors[program_.output]; }
    Clamp whole_range() const { return {minimum_integer(format_), maximum_integer(format_)}; }

    Extents outputs(std::int64_t channels, const Window& window) const {
        const auto along = [&](std::size_t axis, std::int64_t extent) {
            return (extent + window.pads_begin[axis] + window.pads_end[axis] - window.kernel[axis]) /
                       window.strides[axis] +
                   1;
        };
        return {channels, along(0, latest().extents.rows), along(1, latest().extents.columns)};
    }

    template <class Any> ChainOfSteps& add(Any step, const Extents& extents) {
        step.input = program_.output;
        step.output = program_.tensors.size();
        program_.tensors.push_back({"tensor" + std::to_string(step.output), extents, format_});
        program_.output = step.output;
        program_.steps.push_back(std::move(step));
        return *this;
    }

    NumberFormat format_;
    Random random_{7};
    IntegerProgram program_;
};

inline Window padded(std::int64_t kernel, std::int64_t stride, std::int64_t pad) {
    return {.kernel = {kernel, kernel},
            .strides = {stride, stride},
            .pads_begin = {pad, pad},
            .pads_end = {pad, pad}};
}

/// Layers that keep rows, layers and poolings that never reach back, a vector.
inline IntegerProgram in_place_program(std::int64_t channels, const NumberFormat& format) {
    return ChainOfSteps({4, 9, 11}, format)
        .layer("expand", channels, padded(1, 1, 0))
        .depthwise("narrow", padded(3, 1, 1))
        .depthwise("wide", padded(5, 1, 2))
        .max_pool(padded(2, 1, 0))
        .depthwise("strided", padded(3, 2, 1))
        .layer("pointwise", channels - 2, padded(1, 1, 0))
        .layer("window", channels - 4, padded(2, 1, 0))
        .mean()
        .flatten()
        .layer("dense", 4, padded(1, 1, 0))
        .program();
}

} // namespace tandem
