#include <functional>

#include <gtest/gtest.h>
#include <onnx/onnx_pb.h>

#include "tandem/core/files.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/network/operators/operators.h"
#include "unit/network/sketch.h"

namespace tandem {
namespace {

using sketch::List;
using sketch::node;

/// input (N, 2, 4, 4), a convolution with weights "w", a Relu.
Network small() {
    return sketch::drawn({.input = {kBatch, 2, 4, 4},
                          .nodes = {node("conv", "Conv", {"input", "w"}), node("relu", "Relu", {"conv"})},
                          .parameters = {{"w", sketch::ramp({3, 2, 1, 1})}}});
}

onnx::ModelProto model_of(const Network& network) {
    onnx::ModelProto model;
    EXPECT_TRUE(model.ParseFromString(emit_onnx(network)));
    return model;
}

/// What reading the network's file, edited, gives: the refusal or "accepted".
std::string read_edited(const Network& network, const std::function<void(onnx::ModelProto&)>& edit) {
    onnx::ModelProto model = model_of(network);
    edit(model);
    const Result<Network> read = parse_onnx(model.SerializeAsString(), "net");
    return read ? "accepted" : to_string(read.error());
}

Result<Network> read_with(const Network& network, const std::function<void(onnx::ModelProto&)>& edit) {
    onnx::ModelProto model = model_of(network);
    edit(model);
    return parse_onnx(model.SerializeAsString(), "net");
}

std::string refusal_of(const std::string& bytes) {
    const Result<Network> read = parse_onnx(bytes, "net");
    return read ? "accepted" : to_string(read.error());
}

TEST(OnnxReader, RefusesWhatIsNoModel) {
    EXPECT_EQ(refusal_of(""), "net: found an empty file, expected an ONNX model");
    EXPECT_EQ(refusal_of("hello, this is no ONNX file"),
              "net: found a truncated or malformed file, expected a whole ONNX model");
    EXPECT_EQ(refusal_of(std::string("\x10\x01", 2)),
              "net: found no ONNX model of IR version 3 or later, expected an ONNX model");
}

TEST(OnnxReader, RefusesEveryTruncation) {
    const std::string bytes = emit_onnx(small());
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        const std::string refusal = refusal_of(bytes.substr(0, length));
        ASSERT_NE(refusal, "accepted") << "at " << length;
        ASSERT_EQ(refusal.find('\n'), std::string::npos) << refusal;
    }
}

TEST(OnnxReader, RefusesMissingFiles) {
    const Result<Network> read = load_onnx("/nowhere/net.onnx");
    ASSERT_FALSE(read);
    EXPECT_EQ(to_string(read.error()), "/nowhere/net.onnx: found no such file, expected an existing file");
}

TEST(OnnxReader, ListsEveryUnsupportedOperatorWithItsNode) {
    const std::string refusal = read_edited(small(), [](onnx::ModelProto& model) {
        auto& graph = *model.mutable_graph();
        graph.mutable_node(0)->set_op_type("NonMaxSuppression");
        graph.mutable_node(1)->set_op_type("QLinearAdd");
        graph.mutable_node(1)->set_domain("com.example");
    });
    const std::string known = "expected one of those in docs/operators.md";
    EXPECT_EQ(refusal, "net: node 'conv': found operator 'NonMaxSuppression', " + known +
                           "\nnet: node 'relu': found operator 'com.example.QLinearAdd', " + known);
}

TEST(OnnxReader, TakesAnyFormOfADynamicBatchAndABatchOfOne) {
    const auto with_batch = [](const std::function<void(onnx::TensorShapeProto::Dimension&)>& set) {
        return read_edited(small(), [&](onnx::ModelProto& model) {
            auto& type = *model.mutable_graph()->mutable_input(0)->mutable_type();
            set(*type.mutable_tensor_type()->mutable_shape()->mutable_dim(0));
        });
    };
    EXPECT_EQ(with_batch([](auto& batch) { batch.set_dim_param("samples"); }), "accepted");
    EXPECT_EQ(with_batch([](auto& batch) { batch.clear_dim_param(); }), "accepted");
    for (const std::int64_t value : {-1, 0, 1}) {
        EXPECT_EQ(with_batch([&](auto& batch) { batch.set_dim_value(value); }), "accepted");
    }
    EXPECT_EQ(with_batch([](auto& batch) { batch.set_dim_value(8); }),
              "net: input 'input': found a batch of 8, expected 1 or a dynamic one");
}

TEST(OnnxReader, FreesTheBatchOfAReshapeExportedForOneSample) {
    const Network network = sketch::drawn(
        {.input = {kBatch, 2, 4, 4},
         .nodes = {node("view", "Reshape", {"input", "target"}), node("relu", "Relu", {"view"})},
         .parameters = {{"target", sketch::integers({0, -1})}}});
    const auto set_one = [](onnx::ModelProto& model) {
        auto& target = *model.mutable_graph()->mutable_initializer(0);
        target.clear_raw_data();
        target.add_int64_data(1);
        target.add_int64_data(32);
    };
    const auto fix_batch = [](onnx::ModelProto& model) {
        auto& type = *model.mutable_graph()->mutable_input(0)->mutable_type();
        type.mutable_tensor_type()->mutable_shape()->mutable_dim(0)->set_dim_value(1);
    };
    const Result<Network> read = read_with(network, [&](onnx::ModelProto& model) {
        set_one(model);
        fix_batch(model);
    });
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(read->shape("relu"), (Shape{kBatch, 32}));
    EXPECT_EQ(std::get<List>(read->parameter("target")->values), (List{0, 32}));
    EXPECT_EQ(read_edited(network, set_one),
              "net: node 'view', shape: found [1, 32], expected 0 or -1 first, for the batch");
}

TEST(OnnxReader, RefusesInputsItCannotFeed) {
    const auto with_input = [](const std::function<void(onnx::TypeProto::Tensor&)>& edit) {
        return read_edited(small(), [&](onnx::ModelProto& model) {
            edit(*model.mutable_graph()->mutable_input(0)->mutable_type()->mutable_tensor_type());
        });
    };
    EXPECT_EQ(with_input([](auto& tensor) { tensor.mutable_shape()->mutable_dim(2)->set_dim_param("rows"); }),
              "net: input 'input': found a dynamic extent in dimension 2, expected known extents after the "
              "batch; give them with --shape");
    EXPECT_EQ(with_input([](auto& tensor) { tensor.set_elem_type(onnx::TensorProto::UINT8); }),
              "net: input 'input': found element type 2, expected 1 (FLOAT) or another float type");
    EXPECT_EQ(with_input([](auto& tensor) { tensor.clear_shape(); }),
              "net: input 'input': found no tensor with a shape, expected a batch, then known extents");
    EXPECT_EQ(with_input([](auto& tensor) {
                  for (int i = 0; i < 3; ++i) tensor.mutable_shape()->mutable_dim()->RemoveLast();
              }),
              "net: input 'input': found 1 dimensions, expected 2 to 8, the batch first");
}

TEST(OnnxReader, ReadsTypedDataLikeRawData) {
    const Result<Network> read = read_with(small(), [](onnx::ModelProto& model) {
        auto& tensor = *model.mutable_graph()->mutable_initializer(0);
        const std::vector<float> values = float_values(sketch::ramp({3, 2, 1, 1}));
        tensor.clear_raw_data();
        tensor.mutable_float_data()->Assign(values.begin(), values.end());
    });
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(*read, small());
}

TEST(OnnxReader, RefusesTensorsItCannotHold) {
    const auto with_tensor = [](const std::function<void(onnx::TensorProto&)>& edit) {
        return read_edited(
            small(), [&](onnx::ModelProto& model) { edit(*model.mutable_graph()->mutable_initializer(0)); });
    };
    EXPECT_EQ(with_tensor([](auto& tensor) { tensor.set_data_type(onnx::TensorProto::STRING); }),
              "net: initializer 'w': found STRING values, expected a float type of at most 64 bits or an "
              "integer type");
    EXPECT_EQ(with_tensor([](auto& tensor) { tensor.set_data_type(99); }),
              "net: initializer 'w': found element type 99, expected a float type of at most 64 bits or an "
              "integer type");
    EXPECT_EQ(with_tensor([](auto& tensor) { tensor.mutable_raw_data()->pop_back(); }),
              "net: initializer 'w': found 23 bytes of data, expected 24");
    EXPECT_EQ(with_tensor([](auto& tensor) {
                  tensor.clear_raw_data();
                  tensor.add_float_data(1.0F);
              }),
              "net: initializer 'w': found 1 values, expected 6");
    EXPECT_EQ(with_tensor([](auto& tensor) { tensor.set_dims(0, -3); }),
              "net: initializer 'w': found an extent of -3, expected positive extents of at most 268435456 "
              "elements");
    EXPECT_EQ(with_tensor([](auto& tensor) {
                  for (int i = 0; i < 5; ++i) tensor.add_dims(1);
              }),
              "net: initializer 'w': found 9 dimensions, expected at most 8");
    EXPECT_EQ(with_tensor([](auto& tensor) { tensor.set_data_location(onnx::TensorProto::EXTERNAL); }),
              "net: initializer 'w': found data in '', expected a file beside the model or in a "
              "folder there");
    EXPECT_EQ(with_tensor([](auto& tensor) { tensor.mutable_segment()->set_begin(0); }),
              "net: initializer 'w': found a segment of a tensor, expected a whole one");
}

TEST(OnnxReader, LeavesOutInitializersNobodyReads) {
    const Result<Network> read = read_with(small(), [](onnx::ModelProto& model) {
        auto& tensor = *model.mutable_graph()->add_initializer();
        tensor.set_name("idle");
        tensor.set_data_type(onnx::TensorProto::BOOL);
        tensor.add_dims(1);
        tensor.add_int32_data(1);
    });
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(*read, small());
}

TEST(OnnxReader, AcceptsInitializersListedAsInputs) {
    const Result<Network> read = read_with(small(), [](onnx::ModelProto& model) {
        model.set_ir_version(3);
        auto& input = *model.mutable_graph()->add_input();
        input.set_name("w");
        auto& tensor = *input.mutable_type()->mutable_tensor_type();
        tensor.set_elem_type(onnx::TensorProto::FLOAT);
        for (const std::int64_t extent : {3, 2, 1, 1})
            tensor.mutable_shape()->add_dim()->set_dim_value(extent);
    });
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(*read, small());
}

TEST(OnnxReader, NamesNodesThatHaveNoNameOfTheirOwn) {
    const Result<Network> read = read_with(small(), [](onnx::ModelProto& model) {
        model.mutable_graph()->mutable_node(0)->set_name("Relu_1");
        model.mutable_graph()->mutable_node(1)->clear_name();
    });
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(read->nodes[0].name, "Relu_1");
    EXPECT_EQ(read->nodes[1].name, "Relu_1_");
}

TEST(OnnxReader, TurnsConstantNodesIntoParameters) {
    const Network network = sketch::drawn(
        {.input = {kBatch, 3},
         .nodes = {node("low", "Constant", {}, {{"value_float", -1.0F}}),
                   node("target", "Constant", {}, {{"value_ints", List{0, 3, 1}}}),
                   node("clip", "Clip", {"input", "low"}), node("view", "Reshape", {"clip", "target"})}});
    const Result<Network> read = parse_onnx(emit_onnx(network), "net");
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(read->nodes.size(), 2U);
    EXPECT_EQ(*read->parameter("low"), sketch::floats({}, {-1.0F}));
    EXPECT_EQ(*read->parameter("target"), sketch::integers({0, 3, 1}));
}

TEST(OnnxReader, ReadsATensorWrittenIntoAConstantNode) {
    const auto move_weights = [](onnx::ModelProto& model) {
        auto& graph = *model.mutable_graph();
        auto& constant = *graph.add_node();
        constant.set_op_type("Constant");
        constant.add_output("w");
        auto& attribute = *constant.add_attribute();
        attribute.set_name("value");
        attribute.set_type(onnx::AttributeProto::TENSOR);
        *attribute.mutable_t() = graph.initializer(0);
        graph.clear_initializer();
        for (int i = graph.node_size() - 1; i > 0; --i) graph.mutable_node()->SwapElements(i, i - 1);
    };
    const Result<Network> read = read_with(small(), move_weights);
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(*read, small());
    EXPECT_EQ(read_edited(small(),
                          [&](onnx::ModelProto& model) {
                              move_weights(model);
                              auto& attribute = *model.mutable_graph()->mutable_node(0)->mutable_attribute(0);
                              attribute.mutable_t()->set_data_type(onnx::TensorProto::STRING);
                          }),
              "net: node 'Constant_0': found STRING values, expected a float type of at most 64 bits or an "
              "integer type");
    EXPECT_EQ(read_edited(small(),
                          [&](onnx::ModelProto& model) {
                              move_weights(model);
                              model.mutable_graph()->mutable_node(0)->clear_attribute();
                          }),
              "net: node 'Constant_0': found 1 outputs and 0 values, expected one each");
}

TEST(OnnxReader, ReadsTheIntegerConstantsOfOldOpsets) {
    const Network network = sketch::drawn(
        {.input = {kBatch, 2, 4, 4},
         .nodes = {node("view", "Reshape", {"input", "target"}), node("relu", "Relu", {"view"})},
         .parameters = {{"target", sketch::integers({0, -1})}},
         .opset = 7});
    const Result<Network> read = read_with(network, [](onnx::ModelProto& model) {
        auto& graph = *model.mutable_graph();
        auto& constant = *graph.add_node();
        constant.set_op_type("Constant");
        constant.add_output("target");
        auto& attribute = *constant.add_attribute();
        attribute.set_name("value");
        attribute.set_type(onnx::AttributeProto::TENSOR);
        *attribute.mutable_t() = graph.initializer(0);
        graph.clear_initializer();
        graph.mutable_node()->SwapElements(0, 2);
        graph.mutable_node()->SwapElements(1, 2);
    });
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(*read, network);
}

/// The small network with a Dropout of `inputs` instead of its Relu.
std::string with_dropout(std::vector<std::string> inputs, bool stored_mode) {
    return read_edited(small(), [&](onnx::ModelProto& model) {
        auto& dropout = *model.mutable_graph()->mutable_node(1);
        dropout.set_op_type("Dropout");
        dropout.clear_input();
        for (const std::string& input : inputs) dropout.add_input(input);
        auto& mode = *model.mutable_graph()->add_initializer();
        mode.set_name("mode");
        mode.set_data_type(onnx::TensorProto::BOOL);
        mode.add_int32_data(stored_mode ? 1 : 0);
    });
}

TEST(OnnxReader, ReadsDropoutOfInferenceAsIdentity) {
    EXPECT_EQ(with_dropout({"conv"}, false), "accepted");
    EXPECT_EQ(with_dropout({"conv", "", "mode"}, false), "accepted");
    EXPECT_EQ(with_dropout({"conv", "", "mode"}, true),
              "net: node 'relu': found Dropout in training mode, expected a network for inference");
    EXPECT_EQ(with_dropout({"conv", "", "elsewhere"}, false),
              "net: node 'relu': found Dropout in training mode, expected a network for inference");
}

TEST(OnnxReader, ReadsYoungerIrVersions) {
    for (const std::int64_t version : {9, 10, 11}) {
        EXPECT_EQ(read_edited(small(), [&](onnx::ModelProto& model) { model.set_ir_version(version); }),
                  "accepted");
    }
}

TEST(OnnxReader, ReadsOpsets7To21) {
    const auto with_opset = [](std::int64_t opset) {
        return read_edited(
            small(), [&](onnx::ModelProto& model) { model.mutable_opset_import(0)->set_version(opset); });
    };
    for (std::int64_t opset = 7; opset <= 21; ++opset) EXPECT_EQ(with_opset(opset), "accepted") << opset;
    EXPECT_EQ(with_opset(6), "net: found opset 6, expected 7 to 21");
    EXPECT_EQ(with_opset(22), "net: found opset 22, expected 7 to 21");
}

TEST(OnnxReader, RefusesAttributesOfOtherKinds) {
    const auto with_attribute = [](const std::function<void(onnx::AttributeProto&)>& edit) {
        return read_edited(small(), [&](onnx::ModelProto& model) {
            auto& attribute = *model.mutable_graph()->mutable_node(0)->add_attribute();
            attribute.set_name("group");
            attribute.set_type(onnx::AttributeProto::INT);
            attribute.set_i(1);
            edit(attribute);
        });
    };
    EXPECT_EQ(with_attribute([](auto&) {}), "accepted");
    EXPECT_EQ(with_attribute([](auto& attribute) { attribute.set_type(onnx::AttributeProto::GRAPH); }),
              "net: node 'conv', group: found an attribute of type GRAPH, expected numbers or text");
    EXPECT_EQ(with_attribute([](auto& attribute) { attribute.set_ref_attr_name("outer"); }),
              "net: node 'conv', group: found a reference to another attribute, expected a value");
    EXPECT_EQ(read_edited(small(),
                          [](onnx::ModelProto& model) {
                              for (int i = 0; i < 2; ++i) {
                                  auto& attribute = *model.mutable_graph()->mutable_node(0)->add_attribute();
                                  attribute.set_name("group");
                                  attribute.set_type(onnx::AttributeProto::INT);
                                  attribute.set_i(1);
                              }
                          }),
              "net: node 'conv', group: found two values, expected one");
}

TEST(OnnxReader, RefusesExtensionsOfTheFormat) {
    EXPECT_EQ(read_edited(small(), [](onnx::ModelProto& model) { model.add_functions()->set_name("f"); }),
              "net: found functions of the model's own, expected operators alone");
    EXPECT_EQ(read_edited(small(), [](onnx::ModelProto& model) { model.add_training_info(); }),
              "net: found training information, expected a network for inference");
    EXPECT_EQ(read_edited(small(),
                          [](onnx::ModelProto& model) { model.mutable_graph()->add_sparse_initializer(); }),
              "net: found sparse initializers, expected dense ones");
}

TEST(OnnxReader, RefusesDeclaredShapesThatAreNotSo) {
    const std::string refusal = read_edited(small(), [](onnx::ModelProto& model) {
        auto& type = *model.mutable_graph()->mutable_output(0)->mutable_type();
        type.mutable_tensor_type()->mutable_shape()->mutable_dim(3)->set_dim_value(5);
    });
    EXPECT_NE(refusal.find("expected shapes that agree with ONNX's rules"), std::string::npos) << refusal;
    EXPECT_EQ(refusal.find('\n'), std::string::npos);
}

TEST(OnnxReader, RefusesWhatTheCheckerOfOnnxRefuses) {
    const std::string refusal = read_edited(small(), [](onnx::ModelProto& model) {
        model.mutable_graph()->mutable_output(0)->mutable_type()->clear_value();
    });
    EXPECT_NE(refusal.find("expected a model that passes ONNX's checker"), std::string::npos) << refusal;
    EXPECT_EQ(refusal.find('\n'), std::string::npos);
}

} // namespace
} // namespace tandem
