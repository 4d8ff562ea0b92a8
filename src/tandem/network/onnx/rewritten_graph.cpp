#include "tandem/network/onnx/rewritten_graph.h"

#include <algorithm>

#include <fmt/format.h>

#include "tandem/network/quoted.h"

namespace tandem {

RewrittenGraph::RewrittenGraph(onnx::GraphProto& graph, std::string file, QuantizedOnnx& result,
                               std::vector<Problem>& problems)
    : graph_(graph), file_(std::move(file)), result_(result), problems_(problems) {
    for (const onnx::TensorProto& tensor : graph_.initializer()) given_.emplace(tensor.name(), &tensor);
    for (const onnx::NodeProto& node : graph_.node()) {
        const bool is_tensor = node.op_type() == "Constant" && node.attribute_size() == 1 &&
                               node.attribute(0).has_t() && node.output_size() == 1;
        if (is_tensor) given_.emplace(node.output(0), &node.attribute(0).t());
    }
}

void RewrittenGraph::refuse(const onnx::NodeProto& node, std::string found, std::string expected) {
    problems_.push_back({file_,
                         fmt::format("node {} ({})", quoted_name(node.name()), one_line(node.op_type())),
                         std::move(found), std::move(expected)});
}

const onnx::TensorProto* RewrittenGraph::find_constant(const std::string& name) const {
    const auto found = given_.find(name);
    return found == given_.end() ? nullptr : found->second;
}

std::string RewrittenGraph::name_of(const std::string& tensor) const {
    const auto found = renamed_.find(tensor);
    return found == renamed_.end() ? tensor : found->second;
}

void RewrittenGraph::finish() {
    for (const onnx::ValueInfoProto& output : graph_.output()) keep_name(output.name());
    graph_.mutable_node()->Swap(&nodes_);
    for (onnx::TensorProto& tensor : constants_) *graph_.add_initializer() = std::move(tensor);
    graph_.clear_value_info(); // tells of tensors that are no more
}

/// Gives the tensor that an output of the file stands for the output's name.
void RewrittenGraph::keep_name(const std::string& output) {
    const std::string inner = name_of(output);
    if (inner == output) return;
    for (onnx::NodeProto& node : nodes_) {
        for (auto* const names : {node.mutable_input(), node.mutable_output()}) {
            std::replace(names->begin(), names->end(), inner, output);
        }
    }
    if (auto stored = result_.activations.extract(inner)) {
        stored.key() = output;
        result_.activations.insert(std::move(stored));
    }
    for (auto& [name, target] : renamed_) {
        if (target == inner) target = output;
    }
}

} // namespace tandem
