// Layers summed product by product as the scalable multiply-accumulate unit forms them, against the engine's
// kernels at the widths of each stopping point.
#include "tandem/numerics/scalable_product.h"

#include <gtest/gtest.h>

#include "tandem/core/random.h"
#include "tandem/engine/integer_executor.h"

namespace tandem {
namespace {

constexpr std::int64_t kInputs = 40;
constexpr std::int64_t kOutputs = 6;

std::int32_t draw(Random& random, int bits) {
    const std::int32_t half = std::int32_t{1} << (bits - 1);
    return static_cast<std::int32_t>(random.below(static_cast<std::uint64_t>(2 * half))) - half;
}

void expect_equal(ProductPrecision precision, int activation_bits, int weight_bits) {
    Random random(static_cast<std::uint64_t>(activation_bits * 16 + weight_bits));
    IntegerProgram program;
    program.name = "layer";
    const NumberFormat sums{.bits = 16, .fraction_bits = -4};
    program.tensors = {{"input", {.channels = kInputs}, {.bits = activation_bits}},
                       {"output", {.channels = kOutputs}, sums}};
    LayerStep step;
    step.layer = "layer";
    step.output = 1;
    step.input_format = {.bits = activation_bits};
    step.weight_format = {.bits = weight_bits};
    step.bias.assign(kOutputs, 0);
    step.clamp = {minimum_integer(sums), maximum_integer(sums)};
    for (std::int64_t i = 0; i < kInputs * kOutputs; ++i) {
        // Below full precision weights are those of 8 bits, rounded.
        const auto weight = static_cast<std::int8_t>(draw(random, 8));
        step.weights.push_back(weight_bits == 8 ? weight : half_weight(weight));
    }
    program.steps = {step};
    program.output = 1;
    IntegerValues input(program.tensors[0].format, kInputs);
    for (std::size_t i = 0; i < kInputs; ++i) input.set(i, draw(random, activation_bits));

    const auto tensors = execute_fast(FastProgram(program), input, 1);
    for (std::size_t output = 0; output < kOutputs; ++output) {
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < kInputs; ++i) {
            sum += scalable_product(static_cast<std::int8_t>(input[i]),
                                    static_cast<std::int8_t>(step.weights[output * kInputs + i]), precision);
        }
        EXPECT_EQ(tensors[1][output], requantize(sum, 0, sums)) << output;
    }
}

TEST(ScalableProductLayer, EqualsTheKernelsOfItsWidths) {
    expect_equal(ProductPrecision::full, 8, 8);
    expect_equal(ProductPrecision::mixed, 8, 4);
    expect_equal(ProductPrecision::half, 4, 4);
}

} // namespace
} // namespace tandem
