// The operators Tandem knows, each with its shape rule and its attributes as typed values. One file
// an operator; `known_operators()` is the one list.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tandem/network/network.h"

namespace tandem {

/// The values of a constant tensor, owned by the network.
using ConstantValues = std::variant<std::span<const float>, std::span<const std::int64_t>>;

/// What an operator's shape rule sees: the node, the opset of its network, and by input the shape
/// (empty for an input left out) and, where it is constant, the values. A constant is a parameter or
/// what Constant, Identity and Reshape make of one; its shape has no batch.
struct OperatorCall {
    const Node& node;
    std::int64_t opset;
    std::vector<Shape> input_shapes;
    std::vector<std::optional<ConstantValues>> constants;
};

/// One operator: what it is called, how many inputs it takes, which attributes it may have, and
/// the shape of its output (every operator we know has one). A rule answers with a Problem when
/// inputs or attributes are illegal: its place is the attribute or input, or empty; the caller puts
/// file and node before it.
struct OperatorRule {
    std::string_view type;
    std::string_view description;
    std::size_t minimum_inputs = 1;
    std::size_t maximum_inputs = 1;
    std::vector<std::string_view> attributes;
    std::function<tl::expected<Shape, Problem>(const OperatorCall&)> infer_shape;
};

/// Every operator, sorted by type. Constant, Identity and Reshape may compute constants; the others
/// need an activation as their first input.
const std::vector<OperatorRule>& known_operators();
/// The rule of a type, or null.
const OperatorRule* find_operator(std::string_view type);

/// A sliding window over two spatial dimensions, of a convolution or a pooling; over one dimension it has
/// a single row.
struct Window {
    std::array<std::int64_t, 2> kernel{1, 1}; ///< rows, columns
    std::array<std::int64_t, 2> strides{1, 1};
    std::array<std::int64_t, 2> dilations{1, 1};
    std::array<std::int64_t, 2> pads_begin{0, 0};
    std::array<std::int64_t, 2> pads_end{0, 0};

    bool operator==(const Window&) const = default;
};

struct ConvAttributes {
    Window window;
    std::int64_t groups = 1;
};
struct PoolAttributes {
    Window window;
    bool counts_padding = false; ///< AveragePool: whether padded zeros are part of the mean
    bool rounds_up = false;      ///< ceil_mode; `window.pads_end` holds what its last window adds
};
struct GemmAttributes {
    bool transposes_weights = false; ///< transB: weights are (outputs, inputs), not (inputs, outputs)
};
enum class PadMode { constant, reflect, edge };
/// Amounts by dimension, the batch included (always zero there).
struct PadAttributes {
    PadMode mode = PadMode::constant;
    std::vector<std::int64_t> pads_begin;
    std::vector<std::int64_t> pads_end;
    float value = 0.0F;
};
/// One-dimensional windows are one row: kernel, strides, dilations 1, pads 0 there.
struct ConvTransposeAttributes {
    Window window; ///< with the pads that cut the whole output down to the stated one
    std::array<std::int64_t, 2> output_padding{0, 0};
    std::int64_t groups = 1;
};
/// The numbers of Elu, HardSigmoid, LeakyRelu and Selu, under ONNX's names.
struct ActivationAttributes {
    float alpha = 0.0F;
    float beta = 0.0F;
    float gamma = 0.0F;
};
struct ArgMaxAttributes {
    std::size_t axis = 1;
    bool keeps_extent = true;
    bool takes_last = false;
};
/// DepthToSpace: the extent of a block, and whether it is the inner part of the channel (CRD).
struct BlockAttributes {
    std::int64_t size = 1;
    bool block_is_inner = false;
};
struct GatherAttributes {
    std::size_t axis = 1;
    std::vector<std::int64_t> indices; ///< from 0 to extent - 1
};
struct LrnAttributes {
    std::int64_t size = 1;
    float alpha = 0.0F;
    float beta = 0.0F;
    float bias = 0.0F;
};
enum class Direction { forward, reverse, bidirectional };
/// Of GRU and LSTM.
struct RecurrentAttributes {
    Direction direction = Direction::forward;
    std::int64_t hidden_size = 1;
    bool resets_after_product = false; ///< GRU: linear_before_reset
};
struct ReduceAttributes {
    std::vector<std::size_t> axes; ///< ascending; none reduces nothing
    bool keeps_extents = true;
};
/// By dimension: the first element, the step between elements (negative: backwards), and how many.
struct SliceAttributes {
    std::vector<std::int64_t> starts;
    std::vector<std::int64_t> steps;
    Shape extents;
};
/// The axes from first_axis to before end_axis are normalised together.
struct SoftmaxAttributes {
    std::size_t first_axis = 1;
    std::size_t end_axis = 2;
};

/// ONNX's coordinate_transformation_mode and nearest_mode.
enum class ResizeGrid { align_corners, asymmetric, half_pixel, pytorch_half_pixel };
enum class NearestRule { ceil, floor, round_prefer_ceil, round_prefer_floor };
struct ResizeAttributes {
    bool is_linear = false;
    ResizeGrid grid = ResizeGrid::half_pixel;
    NearestRule nearest = NearestRule::round_prefer_floor;
    std::vector<double> factors; ///< by dimension; 1 for batch and channels
    Shape extents;               ///< of the output
};
struct ClipBounds {
    float minimum = -std::numeric_limits<float>::infinity();
    float maximum = std::numeric_limits<float>::infinity();
};

/// Typed attributes of a node of a validated network, with ONNX's defaults filled in. Windows carry
/// explicit pads: auto_pad and ceil_mode are resolved against the input's shape, so that every output
/// extent is (input + pads - ((kernel - 1) * dilation + 1)) / stride + 1, rounded down.
ConvAttributes conv_attributes(const Node& node, const Network& network);
PoolAttributes pool_attributes(const Node& node, const Network& network);
GemmAttributes gemm_attributes(const Node& node);
ClipBounds clip_bounds(const Node& node, const Network& network);
PadAttributes pad_attributes(const Node& node, const Network& network);
ConvTransposeAttributes conv_transpose_attributes(const Node& node, const Network& network);
ActivationAttributes elu_attributes(const Node& node);
ActivationAttributes hard_sigmoid_attributes(const Node& node);
ActivationAttributes leaky_relu_attributes(const Node& node);
ActivationAttributes selu_attributes(const Node& node);
ArgMaxAttributes arg_max_attributes(const Node& node, const Network& network);
BlockAttributes depth_to_space_attributes(const Node& node, const Network& network);
std::int64_t space_to_depth_size(const Node& node, const Network& network);
GatherAttributes gather_attributes(const Node& node, const Network& network);
LrnAttributes lrn_attributes(const Node& node);
RecurrentAttributes recurrent_attributes(const Node& node, const Network& network);
ReduceAttributes reduce_attributes(const Node& node, const Network& network);
ResizeAttributes resize_attributes(const Node& node, const Network& network);
SliceAttributes slice_attributes(const Node& node, const Network& network);
SoftmaxAttributes softmax_attributes(const Node& node, const Network& network);
/// The axis of a Concat.
std::size_t axis_attribute(const Node& node, const Network& network);
/// The first axis that a LayerNormalization normalises over.
std::size_t layer_normalization_axis(const Node& node, const Network& network);
/// By dimension of the output of a Transpose, the dimension of its input.
std::vector<std::size_t> transpose_order(const Node& node, const Network& network);
bool gelu_is_approximate(const Node& node);
/// Whether a Cast is to an integer type.
bool drops_fraction(const Node& cast);
/// Whether ONNX gives the node's output an integer type; its values are float32 here like all others.
bool holds_integers(const Node& node);
/// Of BatchNormalization, InstanceNormalization and LayerNormalization.
float normalization_epsilon(const Node& node);

} // namespace tandem
