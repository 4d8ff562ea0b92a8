// The integer program: a network under a calibrated strategy as a list of integer steps with every
// format, weight, bias and bound explicit. This is the definition of what a deployed artifact
// computes: the plain and the fast engine, the C writer and every later one read it and nothing
// else. docs/integer-semantics.md states the arithmetic.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tandem/core/hash.h"
#include "tandem/core/result.h"
#include "tandem/network/network.h"
#include "tandem/network/operators/operators.h"
#include "tandem/numerics/accumulator.h"
#include "tandem/numerics/affine_scale.h"
#include "tandem/numerics/number_format.h"
#include "tandem/numerics/requantization.h"
#include "tandem/strategy/strategy.h"

namespace tandem {

/// Channels, rows, columns of one sample of a stored tensor; a vector has rows = columns = 1.
struct Extents {
    std::int64_t channels = 1;
    std::int64_t rows = 1;
    std::int64_t columns = 1;

    auto operator<=>(const Extents&) const = default;
    std::int64_t elements() const { return channels * rows * columns; }
    /// The extent of axis 0, 1 or 2, in this order.
    std::int64_t along(std::size_t axis) const { return axis == 0 ? channels : axis == 1 ? rows : columns; }
};

/// A tensor that is stored between steps. Elements lie channel-last: (row, column, channel).
struct IntegerTensor {
    std::string name; ///< of the network's tensor
    Extents extents;
    NumberFormat format;
    /// None: the format's power of two, zero point 0. Else the format's fraction bits are 0 and play no part.
    std::optional<AffineScale> scale = {};

    std::int32_t zero_point() const { return scale ? scale->zero_point : 0; }

    bool operator==(const IntegerTensor&) const = default;
};

/// Index into IntegerProgram::tensors.
using TensorIndex = std::size_t;

/// The integers an output may take: the format's range, narrowed by a fused Relu or Clip.
struct Clamp {
    std::int32_t minimum = 0;
    std::int32_t maximum = 0;

    bool operator==(const Clamp&) const = default;
};

/// A Conv or Gemm (then a 1x1 convolution of a vector) with what is fused into it:
///   x   = requantise(stored input, to `input_format`)      per element read; of an affine input less zero
///   point acc = sum of weight * x over the window + bias          exact, at input + weight fraction bits acc
///   = acc + residual                                    exact, at the finer of the two radix points out =
///   clamp(requantization(acc) + zero point)           by default shift_half_even to the output's radix point
struct LayerStep {
    std::string layer;
    TensorIndex input = 0;
    TensorIndex output = 0;
    std::optional<TensorIndex> residual; ///< same extents as the output; a fused Add
    Window window;
    std::int64_t groups = 1;
    NumberFormat input_format; ///< in which the multipliers read the input
    NumberFormat weight_format;
    std::vector<std::int16_t>
        weights; ///< (output channel, filter row, filter column, input channel of its group)
    std::vector<std::int64_t> bias; ///< by output channel, at input + weight fraction bits
    Clamp clamp;
    Requantization requantization =
        {}; ///< but for a shift, input and output are affine and there is no residual
    std::optional<Accumulator> accumulator = {}; ///< none: as wide as it needs to be
    std::vector<float> weight_scales = {};       ///< of affine weights: one, or one an output channel

    bool operator==(const LayerStep&) const = default;
};

/// As TensorFlow Lite adds, l and r less their zero points:
/// out = clamp(multiply(multiply(l * 2^left_shift, left) + multiply(r * 2^left_shift, right), output) + zero
/// point).
struct MultiplierSum {
    int left_shift = 20;
    FixedPointMultiplier left;
    FixedPointMultiplier right;
    FixedPointMultiplier output;
    MultiplierRounding rounding = MultiplierRounding::twice;

    bool operator==(const MultiplierSum&) const = default;
};

/// As ONNX's DequantizeLinear, Add and QuantizeLinear, in float32, l and r less their zero points:
/// out = clamp(round((left * l + right * r) / output) + zero point), ties to even.
struct FloatSum {
    float left = 1.0F;
    float right = 1.0F;
    float output = 1.0F;

    bool operator==(const FloatSum&) const = default;
};

using AddRule = std::variant<ShiftRequantization, MultiplierSum, FloatSum>;

/// By default out = clamp(shift_half_even(left + right at the finer radix point)).
struct AddStep {
    TensorIndex left = 0;
    TensorIndex right = 0;
    TensorIndex output = 0;
    Clamp clamp;
    AddRule rule = {};

    bool operator==(const AddStep&) const = default;
};

/// Maximum over the window, padding left out; then requantised and clamped. An affine input and its output
/// have one scale.
struct MaxPoolStep {
    TensorIndex input = 0;
    TensorIndex output = 0;
    Window window;
    Clamp clamp;
    ShiftRequantization requantization = {};

    bool operator==(const MaxPoolStep&) const = default;
};

/// divide_half_even(sum * 2^shift, count) where shift aligns the radix points; a negative shift
/// multiplies the count instead.
struct ExactMean {
    bool operator==(const ExactMean&) const = default;
};
/// divide_half_away(sum of the stored integers, count), as TensorFlow Lite; input and output have one scale.
struct HalfAwayMean {
    bool operator==(const HalfAwayMean&) const = default;
};
/// round(float(sum less zero points) / float(count) * scale) + zero point, in float32, ties to even, as
/// ONNX's DequantizeLinear, AveragePool and QuantizeLinear.
struct FloatMean {
    float scale = 1.0F; ///< of the input over that of the output

    bool operator==(const FloatMean&) const = default;
};

/// divide_half_away(multiply(sum less zero points, factor), count) + zero point, as TensorFlow Lite's MEAN.
struct MultiplierMean {
    FixedPointMultiplier factor; ///< the scale of the input over that of the output
    MultiplierRounding rounding = MultiplierRounding::twice;

    bool operator==(const MultiplierMean&) const = default;
};

using MeanRule = std::variant<ExactMean, HalfAwayMean, FloatMean, MultiplierMean>;

/// The mean over the window, by its rule, clamped; GlobalAveragePool has a window as large as its input.
struct AveragePoolStep {
    TensorIndex input = 0;
    TensorIndex output = 0;
    Window window;
    bool counts_padding = false;
    Clamp clamp;
    MeanRule rule = {};

    bool operator==(const AveragePoolStep&) const = default;
};

/// A change of format or clamp alone (a Relu or Clip that could not be fused).
struct RequantizeStep {
    TensorIndex input = 0;
    TensorIndex output = 0;
    Clamp clamp;
    Requantization requantization = {};

    bool operator==(const RequantizeStep&) const = default;
};

/// Rearranges into ONNX's flattening order (channel, row, column), as a vector.
struct FlattenStep {
    TensorIndex input = 0;
    TensorIndex output = 0;

    bool operator==(const FlattenStep&) const = default;
};

/// Takes elements in a regular pattern (a Slice or a Pad): output (channel, row, column) is the input at
/// offset + stride * position along each axis, and `fill` where that lies outside the input.
struct SelectStep {
    TensorIndex input = 0;
    TensorIndex output = 0;
    std::array<std::int64_t, 3> offsets{0, 0, 0}; ///< channel, row, column
    std::array<std::int64_t, 3> strides{1, 1, 1}; ///< negative ones run backwards
    std::int32_t fill = 0;                        ///< in the format that input and output share

    bool operator==(const SelectStep&) const = default;
};

/// Tensors one behind the other along an axis, each requantised into the output's format and clamped; of an
/// input of that format this is a copy.
struct ConcatStep {
    std::vector<TensorIndex> inputs;
    TensorIndex output = 0;
    std::size_t axis = 0; ///< channel, row, column
    Clamp clamp;
    std::vector<Requantization> requantizations = {}; ///< by input

    bool operator==(const ConcatStep&) const = default;
};

using Step = std::variant<LayerStep, AddStep, MaxPoolStep, AveragePoolStep, RequantizeStep, FlattenStep,
                          SelectStep, ConcatStep>;

struct IntegerProgram {
    std::string name;
    std::vector<IntegerTensor> tensors;
    std::vector<Step> steps; ///< in order of execution
    TensorIndex input = 0;
    TensorIndex output = 0;

    bool operator==(const IntegerProgram&) const = default;
};

/// The tensor a step writes, and those it reads.
TensorIndex output_of(const Step& step);
std::vector<TensorIndex> inputs_of(const Step& step);

/// Whether the whole program is of power-of-two formats and rounds half to even, exact accumulators: what
/// every artifact writer takes.
bool is_power_of_two(const IntegerProgram& program);

/// The value that an integer of a stored tensor stands for.
double value_of(const IntegerTensor& tensor, std::int32_t integer);

/// The integers that a layer's multipliers read at most: its input format, less the zero point of an affine
/// input.
Clamp read_range(const IntegerProgram& program, const LayerStep& step);

/// The largest magnitude a layer's accumulator can reach for any input, bias and residual included.
/// Lowering refuses networks where this exceeds 2^62; artifacts use it to choose 32 or 64 bits.
std::int64_t accumulator_bound(const IntegerProgram& program, const LayerStep& step);

/// Lowers a network prepared for deployment under a calibrated strategy. A Softmax at the very end
/// is left out: it does not change the predicted class. Errors name nodes that have no integer form.
[[nodiscard]] Result<IntegerProgram> lower_to_integers(const Network& network, const Strategy& strategy);

/// By tensor: the identity of its contents given the same input data: the hash of the step that
/// writes it, with formats and parameters, and of the identities it reads. Equal identities in two
/// programs mean equal integers, which is how strategies share prefixes.
std::vector<ContentHash> tensor_identities(const IntegerProgram& program);

} // namespace tandem
