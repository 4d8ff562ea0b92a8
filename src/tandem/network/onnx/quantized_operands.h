// What quantised operators of an ONNX file take beside activations: scales, zero points and constants of
// integers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tandem/network/onnx/rewritten_graph.h"

namespace tandem {

class QuantizedOperands {
  public:
    /// Problems go to `graph`, which outlives it.
    explicit QuantizedOperands(RewrittenGraph& graph) : graph_(graph) {}

    /// A constant operand; null and a problem where it is none.
    const onnx::TensorProto* constant(const onnx::NodeProto& node, int input);
    /// The values of a constant, floats or integers, at least one; or none and a problem.
    template <class Value> std::optional<std::vector<Value>> values(const onnx::NodeProto& node, int input);
    /// One float of a constant; none, and no problem, where there is no such.
    std::optional<float> number(const std::string& name) const;

    /// What scale and zero point, inputs `scale` and the one after, say of an activation.
    std::optional<StoredActivation> stored_activation(const onnx::NodeProto& node, int scale);

    /// A constant of integers, and how it becomes one of floats.
    struct Integers {
        const onnx::TensorProto& tensor; ///< for its extents
        std::vector<std::int64_t> values;
        std::vector<float> scales; ///< one, or one an element of `axis`
        std::vector<std::int64_t> zero_points;
        std::int64_t axis = 0; ///< from the back where negative
    };
    /// Adds the float constant `name`.
    void add_constant(const onnx::NodeProto& node, Integers integers, const std::string& name);
    /// Of `data`, with scale and zero point at `scale` and after.
    void add_constant(const onnx::NodeProto& node, int data, int scale, std::int64_t axis,
                      const std::string& name);

  private:
    RewrittenGraph& graph_;
};

} // namespace tandem
