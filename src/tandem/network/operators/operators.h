// The operators Tandem knows, each with its shape rule and its attributes as typed values. One file
// an operator; `known_operators()` is the one list.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/network/network.h"

namespace tandem {

/// What an operator's shape rule sees: the node, and the shapes of its inputs (activations and
/// parameters alike; empty Shape for an input left out). `network` gives parameter values.
struct OperatorCall {
    const Node& node;
    const Network& network;
    std::vector<Shape> input_shapes;
};

/// One operator: what it is called, how many inputs it takes, which attributes it may have, and
/// the shapes of its outputs. A rule answers with a Problem (place, found, expected; the caller
/// fills the file) when inputs or attributes are illegal.
struct OperatorRule {
    std::string_view type;
    std::string_view description;
    std::size_t minimum_inputs = 1;
    std::size_t maximum_inputs = 1;
    std::vector<std::string_view> attributes;
    std::function<tl::expected<std::vector<Shape>, Problem>(const OperatorCall&)> infer_shapes;
};

/// Every operator, sorted by type.
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
    bool rounds_up = false;      ///< ceil_mode
};
struct GemmAttributes {
    bool transposes_weights = false; ///< transB
};
struct ClipBounds {
    float minimum = -std::numeric_limits<float>::infinity();
    float maximum = std::numeric_limits<float>::infinity();
};

/// Typed attributes of a node of a validated network, with ONNX's defaults filled in.
ConvAttributes conv_attributes(const Node& node, const Network& network);
PoolAttributes pool_attributes(const Node& node, const Network& network);
GemmAttributes gemm_attributes(const Node& node);
ClipBounds clip_bounds(const Node& node, const Network& network);
float batch_normalization_epsilon(const Node& node);

} // namespace tandem
