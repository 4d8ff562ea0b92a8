#include "tandem/machine/microcontroller/c_layer.h"

#include <gtest/gtest.h>

#include "../../deploy/tiny_program.h"

namespace tandem {
namespace {

LayerStep& first_layer(IntegerProgram& program) { return std::get<LayerStep>(program.steps[0]); }

TEST(CLayer, TakesTheNarrowestKernelThatCannotOverflow) {
    IntegerProgram program = tiny_program();
    LayerStep& layer = first_layer(program);
    EXPECT_EQ(c_layer_parameters(program, layer).kernel, LayerKernel::narrow);
    layer.bias[0] = (std::int64_t{1} << 30) + 1;
    CLayerParameters parameters = c_layer_parameters(program, layer);
    EXPECT_EQ(parameters.kernel, LayerKernel::wide);
    EXPECT_EQ(parameters.bias_bits, 32);
    EXPECT_EQ(parameters.sum_bits, 32);
    layer.bias[0] = std::int64_t{1} << 31;
    parameters = c_layer_parameters(program, layer);
    EXPECT_EQ(parameters.bias_bits, 64);
    EXPECT_EQ(parameters.sum_bits, 64);
}

TEST(CLayer, CountsPackedWeightsAsTheSumsSeeThem) {
    // Two-bit weights are 64 times as large inside the sum, so a bias that fits 8-bit weights may not fit.
    IntegerProgram program = tiny_program();
    LayerStep& layer = first_layer(program);
    layer.weights.assign(layer.weights.size(), 1);
    layer.bias[0] = std::int64_t{1} << 27;
    layer.weight_format.bits = 8;
    EXPECT_EQ(c_layer_parameters(program, layer).kernel, LayerKernel::narrow);
    layer.weight_format.bits = 2;
    EXPECT_EQ(c_layer_parameters(program, layer).kernel, LayerKernel::wide);
}

TEST(CLayer, FillsRowsUpToWholeWords) {
    IntegerProgram program = tiny_program();
    LayerStep& layer = first_layer(program);
    const std::int64_t elements = std::ssize(layer.weights) / std::ssize(layer.bias);
    for (const int bits : {8, 4, 2}) {
        layer.weights.assign(layer.weights.size(), -1);
        layer.weight_format.bits = bits;
        const CLayerParameters parameters = c_layer_parameters(program, layer);
        const std::int64_t word = bits == 2 ? 16 : 8;
        ASSERT_EQ(parameters.weight_bits, bits);
        EXPECT_EQ(parameters.row_elements, (elements + word - 1) / word * word);
        EXPECT_EQ(std::ssize(parameters.weights),
                  parameters.row_elements * std::ssize(layer.bias) * bits / 8);
        EXPECT_EQ(parameters.bias[0], (layer.bias[0] - parameters.input_offset * elements) << (8 - bits));
        EXPECT_EQ(parameters.patch_elements(), 2 * parameters.row_elements);
    }
}

TEST(CLayer, PacksPartsOfFourBytes) {
    EXPECT_EQ(pack_weights({1, 2, 3, 4, -1, -2, -3, -8}, 4),
              (std::vector<std::int64_t>{0xF1, 0xE2, 0xD3, 0x84}));
    EXPECT_EQ(pack_weights({1, 0, -1, -2, 0, 1, 0, 0, -1, 0, 1, 0, -2, 0, 0, 1}, 2),
              (std::vector<std::int64_t>{0b10110001, 0b00000100, 0b00010011, 0b01000010}));
}

TEST(CLayer, OrdersDepthwiseWeightsByChannelLast) {
    IntegerProgram program = tiny_program();
    LayerStep& layer = first_layer(program);
    program.tensors[layer.input].extents.channels = 2;
    program.tensors[layer.output].extents.channels = 2;
    layer.groups = 2;
    layer.input_format = program.tensors[layer.input].format;
    layer.residual.reset();
    layer.window.kernel = {1, 3};
    layer.weights = {1, 2, 3, 4, 5, 6};
    layer.bias = {7, 8};
    const CLayerParameters parameters = c_layer_parameters(program, layer);
    EXPECT_EQ(parameters.kernel, LayerKernel::depthwise);
    EXPECT_EQ(parameters.weights, (std::vector<std::int64_t>{1, 4, 2, 5, 3, 6}));
    EXPECT_EQ(parameters.patch_elements(), 0);
    layer.input_format.fraction_bits += 1; // inputs to requantise are the wide kernel's
    EXPECT_EQ(c_layer_parameters(program, layer).kernel, LayerKernel::wide);
}

TEST(CLayer, CentresUnsignedSixteenBitInputs) {
    IntegerProgram program = tiny_program();
    LayerStep& layer = first_layer(program);
    layer.input_format = {16, 8, Signedness::is_unsigned};
    const CLayerParameters parameters = c_layer_parameters(program, layer);
    EXPECT_EQ(parameters.kernel, LayerKernel::wide);
    EXPECT_EQ(parameters.input_offset, 32768);
    EXPECT_EQ(parameters.bias[0], 100 - 4 * 32768); // the filter's weights sum to -4
    EXPECT_EQ(parameters.sum_bits, 64);
}

} // namespace
} // namespace tandem
