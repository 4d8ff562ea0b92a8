// Network to ONNX. Maps are sorted and protobuf writes fields in the order of their numbers, so equal
// networks give equal bytes.
#include <onnx/onnx_pb.h>

#include "tandem/core/check.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/network/onnx/onnx_model.h"
#include "tandem/network/onnx/onnx_tensors.h"
#include "tandem/network/onnx/recurrent_nodes.h"
#include "tandem/network/operators/operators.h"

namespace tandem {

namespace {

void write_attribute(const std::string& name, const Attribute& value, onnx::AttributeProto& proto) {
    proto.set_name(name);
    if (const auto* integer = std::get_if<std::int64_t>(&value)) {
        proto.set_type(onnx::AttributeProto::INT);
        proto.set_i(*integer);
    } else if (const auto* number = std::get_if<float>(&value)) {
        proto.set_type(onnx::AttributeProto::FLOAT);
        proto.set_f(*number);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
        proto.set_type(onnx::AttributeProto::STRING);
        proto.set_s(*text);
    } else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&value)) {
        proto.set_type(onnx::AttributeProto::INTS);
        proto.mutable_ints()->Assign(integers->begin(), integers->end());
    } else {
        const auto& numbers = std::get<std::vector<float>>(value);
        proto.set_type(onnx::AttributeProto::FLOATS);
        proto.mutable_floats()->Assign(numbers.begin(), numbers.end());
    }
}

void write_node(const Node& node, onnx::NodeProto& proto) {
    proto.set_name(node.name);
    proto.set_op_type(node.type);
    for (const std::string& input : node.inputs) proto.add_input(input);
    for (const std::string& output : node.outputs) proto.add_output(output);
    for (const auto& [name, value] : node.attributes) write_attribute(name, value, *proto.add_attribute());
}

/// An input or output of the graph, the batch as "N".
void write_activation(const std::string& name, const Shape& shape, onnx::TensorProto::DataType type,
                      onnx::ValueInfoProto& proto) {
    proto.set_name(name);
    auto& tensor = *proto.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(type);
    for (const std::int64_t extent : shape) {
        auto& dimension = *tensor.mutable_shape()->add_dim();
        if (extent == kBatch) {
            dimension.set_dim_param("N");
        } else {
            dimension.set_dim_value(extent);
        }
    }
}

} // namespace

onnx::ModelProto model_of(const Network& network) {
    // Fixed rather than libonnx's newest, so that the bytes do not change with the library.
    constexpr std::int64_t kIrVersion = 8;
    onnx::ModelProto model;
    model.set_ir_version(kIrVersion);
    model.set_producer_name("tandem");
    model.add_opset_import()->set_version(network.opset);
    onnx::GraphProto& graph = *model.mutable_graph();
    graph.set_name(network.name);
    for (const Node& node : network.nodes) {
        if (!is_recurrent(node.type)) {
            write_node(node, *graph.add_node());
            continue;
        }
        const RewrittenNode written = time_first_recurrent(node);
        for (const Node& each : written.nodes) write_node(each, *graph.add_node());
        for (const auto& [name, value] : written.parameters) {
            write_tensor(name, value, *graph.add_initializer());
        }
    }
    for (const auto& [name, parameter] : network.parameters) {
        write_tensor(name, parameter, *graph.add_initializer());
    }
    for (const std::string& name : network.inputs) {
        write_activation(name, network.shape(name), onnx::TensorProto::FLOAT, *graph.add_input());
    }
    for (const std::string& name : network.outputs) {
        const Node* producer = network.producer(name);
        const bool is_integer = producer != nullptr && holds_integers(*producer);
        write_activation(name, network.shape(name),
                         is_integer ? onnx::TensorProto::INT64 : onnx::TensorProto::FLOAT,
                         *graph.add_output());
    }
    return model;
}

std::string bytes_of(const onnx::ModelProto& model) {
    std::string bytes;
    TANDEM_CHECK(model.SerializeToString(&bytes), "a model above protobuf's 2 GiB");
    return bytes;
}

std::string emit_onnx(const Network& network) { return bytes_of(model_of(network)); }

} // namespace tandem
