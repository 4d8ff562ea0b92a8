// A quantised network as QDQ: the float model, with nodes put in and constants exchanged.
#include <algorithm>
#include <cstdint>
#include <limits>

#include "tandem/network/onnx/onnx_model.h"
#include "tandem/network/onnx/onnx_tensors.h"
#include "tandem/network/onnx/quantized_onnx.h"

namespace tandem {

namespace {

class Writer {
  public:
    explicit Writer(const QuantizedOnnx& quantized)
        : quantized_(quantized), model_(model_of(quantized.network)) {}

    onnx::ModelProto write() {
        onnx::GraphProto& graph = *model_.mutable_graph();
        onnx::GraphProto plain;
        plain.Swap(&graph);
        graph.set_name(plain.name());
        *graph.mutable_input() = plain.input();
        *graph.mutable_output() = plain.output();
        for (const onnx::TensorProto& tensor : plain.initializer()) write_constant(tensor);
        for (const std::string& input : quantized_.network.inputs) write_pair(input, input);
        for (onnx::NodeProto& node : *plain.mutable_node()) write_node(node);
        return std::move(model_);
    }

  private:
    onnx::GraphProto& graph() { return *model_.mutable_graph(); }

    bool is_output(const std::string& tensor) const {
        const auto& outputs = quantized_.network.outputs;
        return std::find(outputs.begin(), outputs.end(), tensor) != outputs.end();
    }

    void write_node(onnx::NodeProto& node) {
        for (std::string& input : *node.mutable_input()) {
            const bool is_stored = quantized_.activations.contains(input) && !is_output(input);
            if (is_stored) input += "#dequantized";
        }
        const std::string tensor = node.output(0);
        const bool is_stored = quantized_.activations.contains(tensor);
        // An output of the network keeps its name for what is read of it.
        if (is_stored && is_output(tensor)) node.set_output(0, tensor + "#exact");
        const std::string written = node.output(0);
        *graph().add_node() = std::move(node);
        write_pair(tensor, written);
    }

    /// QuantizeLinear and DequantizeLinear of an activation that is stored, where `written` has its values.
    void write_pair(const std::string& tensor, const std::string& written) {
        const auto found = quantized_.activations.find(tensor);
        if (found == quantized_.activations.end()) return;
        const StoredActivation& stored = found->second;
        if (stored.bits > 8) return write_wide(tensor, written, stored);
        write_number(tensor + "#scale", stored.scale);
        onnx::TensorProto& zero_point = *graph().add_initializer();
        zero_point.set_name(tensor + "#zero_point");
        zero_point.set_data_type(stored.is_signed ? onnx::TensorProto::INT8 : onnx::TensorProto::UINT8);
        zero_point.add_int32_data(static_cast<std::int32_t>(stored.zero_point));
        std::string exact = written;
        if (stored.bits < 8) {
            write_number(tensor + "#smallest", smallest_value(stored));
            write_number(tensor + "#largest", largest_value(stored));
            write("Clip", {exact, tensor + "#smallest", tensor + "#largest"}, tensor + "#clipped");
            exact = tensor + "#clipped";
        }
        write("QuantizeLinear", {exact, tensor + "#scale", tensor + "#zero_point"}, tensor + "#quantized");
        write("DequantizeLinear", {tensor + "#quantized", tensor + "#scale", tensor + "#zero_point"},
              is_output(tensor) ? tensor : tensor + "#dequantized");
    }

    /// No type of these opsets holds more than 8 bits, so the steps are rounded and clipped as floats.
    void write_wide(const std::string& tensor, const std::string& written, const StoredActivation& stored) {
        const auto lowest = static_cast<float>(smallest_integer(stored) - stored.zero_point);
        const auto highest = static_cast<float>(largest_integer(stored) - stored.zero_point);
        write_number(tensor + "#steps_in_one", 1.0F / stored.scale);
        write_number(tensor + "#lowest", lowest);
        write_number(tensor + "#highest", highest);
        write_number(tensor + "#scale", stored.scale);
        write("Mul", {written, tensor + "#steps_in_one"}, tensor + "#steps");
        write("Round", {tensor + "#steps"}, tensor + "#rounded");
        write("Clip", {tensor + "#rounded", tensor + "#lowest", tensor + "#highest"}, tensor + "#clipped");
        write("Mul", {tensor + "#clipped", tensor + "#scale"},
              is_output(tensor) ? tensor : tensor + "#dequantized");
    }

    onnx::NodeProto& write(const std::string& type, const std::vector<std::string>& inputs,
                           const std::string& output) {
        onnx::NodeProto& node = *graph().add_node();
        node.set_name(output);
        node.set_op_type(type);
        for (const std::string& input : inputs) node.add_input(input);
        node.add_output(output);
        return node;
    }

    void write_number(const std::string& name, float number) {
        write_tensor(name, {.shape = {}, .values = std::vector<float>{number}}, *graph().add_initializer());
    }

    void write_constant(const onnx::TensorProto& plain) {
        const auto found = quantized_.constants.find(plain.name());
        if (found == quantized_.constants.end()) {
            *graph().add_initializer() = plain;
            return;
        }
        const StoredConstant& stored = found->second;
        const bool is_tensor_wide = stored.scales.size() == 1;
        write_tensor(
            plain.name() + "#scale",
            {.shape = is_tensor_wide ? Shape{} : Shape{std::ssize(stored.scales)}, .values = stored.scales},
            *graph().add_initializer());
        onnx::TensorProto& integers = *graph().add_initializer();
        integers.set_name(plain.name() + "#integers");
        *integers.mutable_dims() = plain.dims();
        const bool are_bytes =
            std::all_of(stored.integers.begin(), stored.integers.end(), [](std::int64_t integer) {
                return integer >= std::numeric_limits<std::int8_t>::min() &&
                       integer <= std::numeric_limits<std::int8_t>::max();
            });
        // A bias, the one constant of one dimension, is int32, as runtimes expect it.
        const bool is_bias = plain.dims_size() == 1;
        integers.set_data_type(are_bytes && !is_bias ? onnx::TensorProto::INT8 : onnx::TensorProto::INT32);
        if (integers.data_type() == onnx::TensorProto::INT8) {
            write_raw<std::int8_t>(stored.integers, integers);
        } else {
            write_raw<std::int32_t>(stored.integers, integers);
        }
        onnx::NodeProto& node =
            write("DequantizeLinear", {integers.name(), plain.name() + "#scale"}, plain.name());
        onnx::AttributeProto& axis = *node.add_attribute();
        axis.set_name("axis");
        axis.set_type(onnx::AttributeProto::INT);
        axis.set_i(is_tensor_wide ? 0 : stored.axis);
    }

    template <class Integer>
    static void write_raw(const std::vector<std::int64_t>& integers, onnx::TensorProto& tensor) {
        std::vector<Integer> raw;
        raw.reserve(integers.size());
        for (const std::int64_t integer : integers) raw.push_back(static_cast<Integer>(integer));
        tensor.set_raw_data(raw.data(), raw.size() * sizeof(Integer));
    }

    const QuantizedOnnx& quantized_;
    onnx::ModelProto model_;
};

} // namespace

std::string emit_quantized_onnx(const QuantizedOnnx& quantized) {
    return bytes_of(Writer(quantized).write());
}

} // namespace tandem
