#include "exported_recurrent.h"

#include <string>
#include <vector>

#include "tandem/network/onnx/onnx_tensors.h"
#include "unit/network/sketch.h"

namespace tandem {

namespace {

using sketch::List;

class Builder {
  public:
    Builder() {
        model_.set_ir_version(8);
        model_.add_opset_import()->set_version(13);
        graph().set_name("exported");
        tensor(*graph().add_input(), "input", {5, 3});
        tensor(*graph().add_output(), "output", {2});
    }
    onnx::ModelProto& model() { return model_; }
    void constant(const std::string& name, const Parameter& value) {
        write_tensor(name, value, *graph().add_initializer());
    }
    onnx::NodeProto& node(const std::string& type, const std::vector<std::string>& inputs,
                          const std::vector<std::string>& outputs) {
        onnx::NodeProto& node = *graph().add_node();
        node.set_op_type(type);
        node.set_name(outputs.front());
        node.mutable_input()->Assign(inputs.begin(), inputs.end());
        node.mutable_output()->Assign(outputs.begin(), outputs.end());
        return node;
    }
    static void set(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
        onnx::AttributeProto& attribute = *node.add_attribute();
        attribute.set_name(name);
        attribute.set_type(onnx::AttributeProto::INT);
        attribute.set_i(value);
    }
    static void set(onnx::NodeProto& node, const std::string& name, const List& values) {
        onnx::AttributeProto& attribute = *node.add_attribute();
        attribute.set_name(name);
        attribute.set_type(onnx::AttributeProto::INTS);
        attribute.mutable_ints()->Assign(values.begin(), values.end());
    }
    static void set(onnx::NodeProto& node, const std::string& name, const std::string& value) {
        onnx::AttributeProto& attribute = *node.add_attribute();
        attribute.set_name(name);
        attribute.set_type(onnx::AttributeProto::STRING);
        attribute.set_s(value);
    }

  private:
    onnx::GraphProto& graph() { return *model_.mutable_graph(); }
    static void tensor(onnx::ValueInfoProto& value, const std::string& name, const List& extents) {
        value.set_name(name);
        auto& type = *value.mutable_type()->mutable_tensor_type();
        type.set_elem_type(onnx::TensorProto::FLOAT);
        type.mutable_shape()->add_dim()->set_dim_param("samples");
        for (const std::int64_t extent : extents) type.mutable_shape()->add_dim()->set_dim_value(extent);
    }

    onnx::ModelProto model_;
};

} // namespace

onnx::ModelProto exported_recurrent() {
    Builder builder;
    builder.constant("w", sketch::ramp({2, 8, 3}));
    builder.constant("r", sketch::ramp({2, 8, 2}));
    builder.constant("b", sketch::ramp({2, 16}));
    builder.constant("gru.w", sketch::ramp({1, 9, 4}));
    builder.constant("gru.r", sketch::ramp({1, 9, 3}));
    builder.constant("matrix", sketch::ramp({3, 2}));
    builder.constant("one", sketch::integers({1}));
    builder.constant("two", sketch::integers({2}));
    builder.constant("zero", sketch::integers({0}));
    builder.constant("last", Parameter{.shape = {}, .values = List{-1}});
    builder.constant("both", sketch::integers({0, 0, -1}));
    Builder::set(builder.node("Transpose", {"input"}, {"times"}), "perm", List{1, 0, 2});
    builder.node("Shape", {"times"}, {"extents"});
    Builder::set(builder.node("Gather", {"extents", "one"}, {"samples"}), "axis", std::int64_t{0});
    Builder::set(builder.node("Concat", {"two", "samples", "two"}, {"state_shape"}), "axis", std::int64_t{0});
    builder.node("ConstantOfShape", {"state_shape"}, {"state"});
    onnx::NodeProto& lstm =
        builder.node("LSTM", {"times", "w", "r", "b", "", "state", "state"}, {"lstm", "lstm_h", "lstm_c"});
    Builder::set(lstm, "direction", "bidirectional");
    Builder::set(lstm, "hidden_size", std::int64_t{2});
    Builder::set(builder.node("Transpose", {"lstm"}, {"turned"}), "perm", List{0, 2, 1, 3});
    builder.node("Reshape", {"turned", "both"}, {"joined"});
    onnx::NodeProto& gru = builder.node("GRU", {"joined", "gru.w", "gru.r"}, {"gru", "gru_h"});
    Builder::set(gru, "hidden_size", std::int64_t{3});
    builder.node("Squeeze", {"gru", "one"}, {"squeezed"});
    Builder::set(builder.node("Transpose", {"squeezed"}, {"by_sample"}), "perm", List{1, 0, 2});
    Builder::set(builder.node("Gather", {"by_sample", "last"}, {"last_time"}), "axis", std::int64_t{1});
    builder.node("Squeeze", {"gru_h", "zero"}, {"last_state"});
    builder.node("Add", {"last_time", "last_state"}, {"sum"});
    builder.node("MatMul", {"sum", "matrix"}, {"output"});
    return builder.model();
}

} // namespace tandem
