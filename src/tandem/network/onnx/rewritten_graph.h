// A graph of a quantised file on its way to a float one: its constants, the nodes kept so far, and under
// which names tensors go on when the nodes that wrote them vanish.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <onnx/onnx_pb.h>

#include "tandem/core/result.h"
#include "tandem/network/onnx/quantized_onnx.h"

namespace tandem {

class RewrittenGraph {
  public:
    /// `graph`, `result` and `problems` outlive it.
    RewrittenGraph(onnx::GraphProto& graph, std::string file, QuantizedOnnx& result,
                   std::vector<Problem>& problems);

    const onnx::GraphProto& graph() const { return graph_; }
    QuantizedOnnx& result() { return result_; }
    void refuse(const onnx::NodeProto& node, std::string found, std::string expected);

    /// A constant of the file, an initialiser or a Constant's tensor; null for other names.
    const onnx::TensorProto* find_constant(const std::string& name) const;

    /// Under which name a tensor of the file goes on.
    std::string name_of(const std::string& tensor) const;
    void rename(const std::string& tensor, const std::string& name) { renamed_[tensor] = name; }

    /// The nodes that stay.
    google::protobuf::RepeatedPtrField<onnx::NodeProto>& nodes() { return nodes_; }
    /// A constant for them, to be filled in.
    onnx::TensorProto& add_constant() { return constants_.emplace_back(); }

    /// Puts nodes and constants in place of the graph's; its outputs keep their names.
    void finish();

  private:
    void keep_name(const std::string& output);

    onnx::GraphProto& graph_;
    std::string file_;
    QuantizedOnnx& result_;
    std::vector<Problem>& problems_;
    std::map<std::string, const onnx::TensorProto*> given_; ///< constants of the file
    std::map<std::string, std::string> renamed_;
    google::protobuf::RepeatedPtrField<onnx::NodeProto> nodes_;
    std::vector<onnx::TensorProto> constants_;
};

} // namespace tandem
