// The Network: a graph of operators with shapes and parameters, in ONNX semantics. A plain value:
// built by a reader, a generator or a rewrite, validated, then not changed.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tandem/core/hash.h"
#include "tandem/core/result.h"

namespace tandem {

/// Extents of a tensor, outermost first, NCHW for images. The first extent of every activation is
/// the batch and stands as kBatch; no other extent is unknown.
using Shape = std::vector<std::int64_t>;
inline constexpr std::int64_t kBatch = -1;

/// No tensor of a valid network has more elements a sample, nor do all its constants together: a
/// gibibyte of float32, beyond anything meant for the edge. Extents and their products therefore
/// multiply without overflow, and no file can make us allocate more.
inline constexpr std::int64_t kMaximumElements = std::int64_t{1} << 28;
/// The ONNX opsets whose meaning of our operators we know.
inline constexpr std::int64_t kMinimumOpset = 7;
inline constexpr std::int64_t kMaximumOpset = 21;

/// The number of elements of one sample: the product of the extents, the batch left out.
std::int64_t elements_per_sample(const Shape& shape);
/// "Nx16x28x28".
std::string to_string(const Shape& shape);

/// A parameter: float32 weights, or int64 shapes as ONNX wants them for Reshape.
struct Parameter {
    Shape shape;
    std::variant<std::vector<float>, std::vector<std::int64_t>> values;

    bool operator==(const Parameter&) const = default;
};

/// The attribute values ONNX allows for the operators we know.
using Attribute =
    std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>, std::vector<float>>;

/// One operator of the graph. Tensors are referred to by name; an empty input name is an optional
/// input that is left out.
struct Node {
    std::string name; ///< unique in the network; the reader invents "Conv_3" where a file has none
    std::string type; ///< ONNX operator type, "Conv"
    std::vector<std::string> inputs;
    std::vector<std::string> outputs;
    std::map<std::string, Attribute> attributes;

    bool operator==(const Node&) const = default;
};

struct Network {
    std::string name;
    std::int64_t opset = 13;
    std::vector<Node> nodes; ///< in topological order
    std::map<std::string, Parameter> parameters;
    std::map<std::string, Shape> shapes; ///< of every activation: inputs, node outputs
    std::vector<std::string> inputs;     ///< activations fed from outside
    std::vector<std::string> outputs;

    bool operator==(const Network&) const = default;

    /// The shape of an activation; it must exist.
    const Shape& shape(std::string_view tensor) const;
    /// The parameter of that name, or null when the tensor is an activation or unknown.
    const Parameter* parameter(std::string_view tensor) const;
    /// The node that computes a tensor, or null for inputs and parameters.
    const Node* producer(std::string_view tensor) const;
    /// The nodes that read a tensor, in order.
    std::vector<const Node*> consumers(std::string_view tensor) const;
};

/// Float values of a parameter; it must be a float parameter.
const std::vector<float>& float_values(const Parameter& parameter);

/// The layers: nodes that multiply activations by weights (Conv, Gemm), in order. A Strategy has
/// one entry for each.
std::vector<const Node*> layers(const Network& network);
bool is_layer(const Node& node);

/// Checks every rule a Network keeps: unique names, topological order, known operators with legal
/// inputs and attributes, shapes equal to those the operators' shape rules give, every parameter read
/// by some node and free of NaN (and of infinities, unless it is one number, a bound). Lists all
/// problems, with `file` as their file.
[[nodiscard]] Result<void> validate(const Network& network, const std::string& file);

/// Fills `shapes` of all node outputs from those of the inputs, by the operators' shape rules. A node
/// that reads constants alone (Constant, Identity, Reshape) gives a shape without a batch.
[[nodiscard]] Result<Network> infer_shapes(Network network, const std::string& file);

/// Identity of structure and parameters; the network's own name is not part of it.
ContentHash content_hash(const Network& network);

} // namespace tandem
