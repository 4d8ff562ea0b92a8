// A layer as the kernels of the generated C want it: which kernel runs it, and its weights and biases as
// that kernel reads them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/units.h"
#include "tandem/engine/integer_program.h"

namespace tandem {

/// The kernels for layers, from the narrowest to the one that runs anything.
enum class LayerKernel {
    narrow,    ///< sums of 32 bits, weights of at most 8 bits packed into 8, 4 or 2, one group
    depthwise, ///< sums of 32 bits, weights of at most 8 bits, each channel by itself
    wide,      ///< everything else
};
/// The name that the kernel has in C: "layer", "depthwise", "wide_layer".
std::string_view c_name(LayerKernel kernel);

/// The parameters of a layer as its kernel wants them.
struct CLayerParameters {
    LayerKernel kernel = LayerKernel::wide;
    int weight_bits = 8;           ///< that a weight takes in the image: 16, 8, 4 or 2
    int weight_shift = 0;          ///< unpacked weights are 2^weight_shift times the integers of the layer
    int bias_bits = 32;            ///< of the array: 32 or 64
    int sum_bits = 32;             ///< of the sum over the window: 32 or 64
    int input_offset = 0;          ///< taken off each input that is read
    int padding = 0;               ///< what a window reads outside the input, the offset taken off
    bool reads_bytes = false;      ///< whether inputs, less the offset, fit 8 signed bits
    std::int64_t row_elements = 0; ///< weights of an output channel, with what fills them up
    std::vector<std::int64_t> weights; ///< the numbers of the C array: integers, or packed bytes
    std::string_view weight_type;      ///< of the C array: "int8_t"
    std::vector<std::int64_t> bias;    ///< makes up for offset, zero point and shift

    /// Elements of the patch that the layer needs: windows times elements.
    std::int64_t patch_elements() const;
};
/// The kernel alone.
LayerKernel layer_kernel(const IntegerProgram& program, const LayerStep& step);
CLayerParameters c_layer_parameters(const IntegerProgram& program, const LayerStep& step);

/// The kernel of a step as C names it: "layer", "max_pool".
std::string_view kernel_name(const IntegerProgram& program, const Step& step);
/// A layer's own name, or that of the tensor a step without one writes.
std::string step_name(const IntegerProgram& program, const Step& step);
/// How a program rounds, all its steps alike. Steps that only move or compare integers need none of it.
enum class CArithmetic { shifts, factors, multiplied_once, multiplied_twice };
/// Of a program that generated C computes.
CArithmetic c_arithmetic(const IntegerProgram& program);
/// The arrays of factors that a step has beside its table; none of one that shifts.
std::vector<Bytes> factor_arrays(const Step& step);
/// Whether a step requantises by scales, in the arithmetic of a program with scales.
bool has_scaled_rule(const Step& step);
/// What generated C does not compute of a program's arithmetic; empty where it computes all: shifts half to
/// even, or scales by float factors or by multipliers, one kind in a program, with exact sums.
std::string_view unemittable_arithmetic(const IntegerProgram& program);

/// Packs weights of `bits` = 4 or 2, `row_elements` a row: four bytes hold 32 / bits weights; element
/// 4 * part + i lies in byte i, `part` counted from the lowest bits.
std::vector<std::int64_t> pack_weights(const std::vector<std::int64_t>& rows, int bits);

} // namespace tandem
