// Programs of one layer at the edges of what the generated C distinguishes: sums beyond 32 bits,
// inputs that do not fit 16 signed bits, a residual finer than the sum.
#pragma once

#include <string>
#include <vector>

#include "in_place_program.h"
#include "tandem/core/random.h"
#include "tandem/engine/headroom.h"
#include "tandem/engine/integer_program.h"

namespace tandem {

struct EdgeProgram {
    std::string name;
    IntegerProgram program;
};

namespace edge {

enum class Weights { random, smallest };

/// A padded 3x3 convolution into 16 bits that hold any result.
inline IntegerProgram convolution(Extents input, NumberFormat input_format, NumberFormat weight_format,
                                  Weights weights) {
    Random random(17);
    IntegerProgram program;
    program.name = "edge";
    LayerStep step;
    step.layer = "layer";
    step.input = 0;
    step.output = 1;
    step.window = {.kernel = {3, 3}, .pads_begin = {1, 1}, .pads_end = {1, 1}};
    step.input_format = input_format;
    step.weight_format = weight_format;
    const std::int32_t least = minimum_integer(weight_format);
    for (std::int64_t i = 0; i < input.channels * input.channels * 9; ++i) {
        const auto above = static_cast<std::int32_t>(random.below(std::uint64_t{1} << weight_format.bits));
        step.weights.push_back(static_cast<std::int16_t>(weights == Weights::random ? least + above : least));
    }
    for (std::int64_t i = 0; i < input.channels; ++i) step.bias.push_back(i * 1000 - 500);
    step.clamp = {-32768, 32767};
    program.tensors = {{"input", input, input_format}, {"output", input, {16, 0, Signedness::is_signed}}};
    program.steps = {step};
    program.output = 1;
    int fraction_bits = accumulator_fraction_bits(step);
    for (std::int64_t bound = accumulator_bound(program, step); bound > 32767; bound /= 2) --fraction_bits;
    program.tensors[1].format.fraction_bits = fraction_bits;
    return program;
}

/// The input, read coarsely, is its own residual at a radix point finer than that of the products.
inline IntegerProgram fine_residual() {
    IntegerProgram program = convolution({4, 3, 3}, {8, 10, Signedness::is_signed},
                                         {6, -1, Signedness::is_signed}, Weights::random);
    auto& step = std::get<LayerStep>(program.steps[0]);
    step.input_format = {8, 8, Signedness::is_signed};
    step.residual = 0;
    step.bias.assign(4, 0);
    program.tensors[1].format.fraction_bits = 10;
    return program;
}

} // namespace edge

inline std::vector<EdgeProgram> edge_programs() {
    using edge::Weights;
    constexpr Signedness kSigned = Signedness::is_signed;
    constexpr Signedness kUnsigned = Signedness::is_unsigned;
    return {{"SumsOfBytesBeyond32Bits",
             edge::convolution({64, 3, 3}, {16, 0, kSigned}, {8, 0, kSigned}, Weights::smallest)},
            {"SumsOfWordsBeyond32Bits",
             edge::convolution({3, 3, 3}, {16, 0, kSigned}, {16, 0, kSigned}, Weights::smallest)},
            {"UnsignedWordsInPadding",
             edge::convolution({3, 3, 3}, {16, 0, kUnsigned}, {16, 0, kSigned}, Weights::random)},
            {"ManyUnsignedWordsByBytes",
             edge::convolution({40, 2, 2}, {16, 0, kUnsigned}, {8, 0, kSigned}, Weights::random)},
            {"ResidualFinerThanTheSum", edge::fine_residual()},
            {"BytesInPlace", in_place_program(12, {8, 4, kSigned})},
            {"UnsignedBytesInPlace", in_place_program(12, {8, 4, kUnsigned})},
            {"FewBytesInPlace", in_place_program(11, {7, 4, kSigned})},
            {"WordsInPlace", in_place_program(12, {12, 6, kSigned})}};
}

} // namespace tandem
