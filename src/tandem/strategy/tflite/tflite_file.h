// A TensorFlow Lite file as checked values: what the reader of operators works with. Every index, count and
// extent has been judged.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/result.h"
#include "tandem/network/network.h"
#include "tandem/numerics/number_format.h"
#include "tandem/strategy/tflite/tflite_generated.h"

namespace tandem::tflite_file {

/// One tensor of the graph. A constant has data, an activation none.
struct TensorView {
    std::string name;
    TensorType type = TensorType::int8;
    Shape extents; ///< as in the file: the batch first, channels last
    std::vector<float> scales;
    std::vector<std::int64_t> zero_points;
    std::int64_t scale_axis = 0;
    std::string_view data; ///< of a constant: as many bytes as its type and extents say

    std::int64_t elements() const;
    /// Element of a constant of type int8, uint8 or int32.
    std::int64_t integer(std::int64_t index) const;
    /// Element of a constant of type float32.
    float real(std::int64_t index) const;
};

/// The number of an operator in the file format.
enum class Operation : std::int32_t {
    add = 0,
    average_pool_2d = 1,
    conv_2d = 3,
    depthwise_conv_2d = 4,
    fully_connected = 9,
    max_pool_2d = 17,
    reshape = 22,
    softmax = 25,
    pad = 34,
    mean = 40,
    quantize = 114,
};

struct OperatorView {
    std::int32_t operation = 0;       ///< an Operation, or one we do not read
    std::vector<std::int32_t> inputs; ///< tensors; -1 for one left out
    std::vector<std::int32_t> outputs;
    const tflite_file::Operator* table = nullptr; ///< for its options
};

/// The one subgraph of a file. Owns the bytes its views point into.
struct Graph {
    std::unique_ptr<std::vector<std::uint8_t>> bytes;
    std::vector<TensorView> tensors;
    std::vector<OperatorView> operators;
    std::vector<std::int32_t> inputs;
    std::vector<std::int32_t> outputs;
};

/// Errors: what the format's own verifier refuses, another number of subgraphs, indices that lead nowhere,
/// constants of another size than their extents.
[[nodiscard]] Result<Graph> parse_graph(std::string_view bytes, const std::string& file);

} // namespace tandem::tflite_file
