// A program small enough to read its C in one sitting.
#pragma once

#include "tandem/engine/integer_program.h"

namespace tandem {

/// A 3x3 convolution with a Relu, a second one with a residual, a pooling, a Flatten, and a dense layer
/// of 16-bit weights that reads fewer bits than are stored.
inline IntegerProgram tiny_program() {
    constexpr Signedness kSigned = Signedness::is_signed;
    constexpr Signedness kUnsigned = Signedness::is_unsigned;
    IntegerProgram program;
    program.name = "tiny */ network";
    program.tensors = {
        {"input", {1, 4, 4}, {8, 8, kUnsigned}},    {"relu", {2, 4, 4}, {4, 2, kUnsigned}},
        {"sum", {2, 4, 4}, {8, 5, kSigned}},        {"pooled", {2, 2, 2}, {8, 5, kSigned}},
        {"flat", {.channels = 8}, {8, 5, kSigned}}, {"logits", {.channels = 3}, {16, 9, kSigned}}};
    const Window padded{.kernel = {3, 3}, .pads_begin = {1, 1}, .pads_end = {1, 1}};
    LayerStep first;
    first.layer = "conv/1";
    first.input = 0;
    first.output = 1;
    first.window = padded;
    first.input_format = program.tensors[0].format;
    first.weight_format = {4, 3, kSigned};
    first.weights = {1, -2, 3, -4, 5, -6, 7, -8, 0, 2, 2, 2, 0, 0, 0, -3, -3, -3};
    first.bias = {100, -50};
    first.clamp = {0, 15};
    LayerStep second;
    second.layer = "conv2";
    second.input = 1;
    second.output = 2;
    second.residual = 1;
    second.groups = 2;
    second.input_format = program.tensors[1].format;
    second.weight_format = {8, 6, kSigned};
    second.weights = {-64, 127};
    second.bias = {17, -17};
    second.clamp = {-128, 127};
    Window pool;
    pool.kernel = {2, 2};
    pool.strides = {2, 2};
    LayerStep dense;
    dense.layer = "dense";
    dense.input = 4;
    dense.output = 5;
    dense.input_format = {6, 3, kSigned};
    dense.weight_format = {16, 15, kSigned};
    for (int i = 0; i < 24; ++i) dense.weights.push_back(static_cast<std::int16_t>(i * 2731 - 32768));
    dense.bias = {1, 2000000, -3};
    dense.clamp = {-32768, 32767};
    program.steps = {first, second,
                     MaxPoolStep{.input = 2, .output = 3, .window = pool, .clamp = {-128, 127}},
                     FlattenStep{.input = 3, .output = 4}, dense};
    program.output = 5;
    return program;
}

} // namespace tandem
