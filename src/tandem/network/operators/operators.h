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

/// A sliding window over two spatial dimensions: of a convolution or a pooling.
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
/// Amounts by dimension, the batch included (always zero there).
struct PadAttributes {
    std::vector<std::int64_t> pads_begin;
    std::vector<std::int64_t> pads_end;
    float value = 0.0F;
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
float batch_normalization_epsilon(const Node& node);

} // namespace tandem
