#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

#include "exported_recurrent.h"
#include "tandem/network/onnx/onnx.h"

namespace tandem {
namespace {

onnx::NodeProto& node_of(onnx::ModelProto& model, const std::string& name) {
    for (onnx::NodeProto& node : *model.mutable_graph()->mutable_node()) {
        if (node.name() == name) return node;
    }
    ADD_FAILURE() << "no node " << name;
    return *model.mutable_graph()->mutable_node(0);
}

/// What reading the export, edited, gives: the refusal or "accepted".
std::string read_edited(const std::function<void(onnx::ModelProto&)>& edit) {
    onnx::ModelProto model = exported_recurrent();
    edit(model);
    const Result<Network> read = parse_onnx(model.SerializeAsString(), "net");
    return read ? "accepted" : to_string(read.error());
}

TEST(RecurrentNodes, AreReadWithTheBatchInFront) {
    const Result<Network> network = parse_onnx(exported_recurrent().SerializeAsString(), "net");
    ASSERT_TRUE(network) << to_string(network.error());
    std::vector<std::string> types;
    for (const Node& node : network->nodes) types.push_back(node.type);
    const std::vector<std::string> expected{"LSTM",   "Reshape", "GRU", "Gather", "Squeeze",
                                            "Gather", "Squeeze", "Add", "MatMul"};
    EXPECT_EQ(types, expected);
    // Zeros are no initial states, and of five times the LSTM gives both directions' two.
    EXPECT_EQ(network->nodes[0].inputs.size(), 4U);
    EXPECT_EQ(to_string(network->shape(network->nodes[0].outputs[0])), "Nx5x2x2");
    EXPECT_EQ(to_string(network->shape("output")), "Nx2");
    EXPECT_EQ(parse_onnx(emit_onnx(*network), "net").value(), *network);
}

TEST(RecurrentNodes, TakeTheLastStateOfEachDirection) {
    onnx::ModelProto model = exported_recurrent();
    // The states of both directions instead of all times, (2, N, 2), as one vector.
    node_of(model, "turned").set_input(0, "lstm_h");
    auto& perm = *node_of(model, "turned").mutable_attribute(0)->mutable_ints();
    perm.Clear();
    for (const std::int64_t axis : {1, 0, 2}) perm.Add(axis);
    node_of(model, "joined").set_op_type("Flatten");
    node_of(model, "joined").mutable_input()->RemoveLast();
    const auto is_dead = [](const onnx::NodeProto& node) {
        for (const char* name :
             {"gru", "squeezed", "by_sample", "last_time", "last_state", "sum", "output"}) {
            if (node.name() == name) return true;
        }
        return false;
    };
    auto& nodes = *model.mutable_graph()->mutable_node();
    nodes.erase(std::remove_if(nodes.begin(), nodes.end(), is_dead), nodes.end());
    node_of(model, "joined").set_output(0, "output");
    auto& output = *model.mutable_graph()->mutable_output(0)->mutable_type()->mutable_tensor_type();
    output.mutable_shape()->mutable_dim(1)->set_dim_value(4);
    const Result<Network> states = parse_onnx(model.SerializeAsString(), "net");
    ASSERT_TRUE(states) << to_string(states.error());
    EXPECT_EQ(to_string(states->shape("output")), "Nx4");
}

TEST(RecurrentNodes, AreRefusedByNameWhereTheyHaveNoForm) {
    EXPECT_EQ(read_edited([](auto& model) { node_of(model, "turned").set_input(0, "lstm_c"); }),
              "net: node 'lstm': found output Y_c, the state of the cells, expected Y or Y_h");
    EXPECT_EQ(
        read_edited([](auto& model) { node_of(model, "lstm").set_input(4, "two"); }),
        "net: node 'lstm', input 4 ('two'): found sequence_lens, expected none: every sample has the whole "
        "length");
    EXPECT_EQ(
        read_edited([](auto& model) { node_of(model, "lstm").set_input(0, "input"); }),
        "net: node 'lstm': found an input with the batch in dimension 0, expected 1, behind the time: a "
        "Transpose before it");
    EXPECT_EQ(read_edited([](auto& model) { node_of(model, "lstm").set_input(5, "times"); }),
              "net: node 'lstm': found initial_h that is computed, expected a constant");
    EXPECT_EQ(
        read_edited([](auto& model) {
            onnx::AttributeProto& functions = *node_of(model, "gru").add_attribute();
            functions.set_name("activations");
            functions.set_type(onnx::AttributeProto::STRINGS);
            for (const char* name : {"Sigmoid", "Relu"}) functions.add_strings(name);
        }),
        "net: node 'gru', activations: found a list of texts, expected numbers or text; of LSTM and GRU the "
        "usual activations");
    EXPECT_EQ(read_edited([](auto& model) {
                  auto& graph = *model.mutable_graph();
                  graph.mutable_output(0)->set_name("squeezed");
              }),
              "net: output 'squeezed': found the batch in dimension 1, expected the batch in front");
}

TEST(RecurrentNodes, LeaveNoOtherOperatorToMixSamples) {
    EXPECT_EQ(read_edited([](auto& model) { node_of(model, "squeezed").set_op_type("Softmax"); }),
              "net: node 'squeezed': found Softmax of a tensor with the batch in dimension 2, expected the "
              "batch in "
              "front");
    EXPECT_EQ(read_edited([](auto& model) {
                  for (auto& tensor : *model.mutable_graph()->mutable_initializer()) {
                      if (tensor.name() == "both") *tensor.mutable_raw_data() = std::string(24, '\xff');
                  }
              }),
              "net: node 'joined': found a Reshape to [-1, -1, -1], expected one that keeps samples apart");
}

} // namespace
} // namespace tandem
