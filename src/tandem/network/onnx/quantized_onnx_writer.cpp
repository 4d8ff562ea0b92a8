// A quantised network as QDQ or QONNX: the float model, with nodes put in and constants exchanged.
#include <algorithm>
#include <cstdint>
#include <limits>

#include "tandem/network/onnx/onnx_model.h"
#include "tandem/network/onnx/onnx_tensors.h"
#include "tandem/network/onnx/qonnx_nodes.h"
#include "tandem/network/onnx/quantized_onnx.h"

namespace tandem {

namespace {

class Writer {
  public:
    Writer(const QuantizedOnnx& quantized, QuantizedOnnxForm form)
        : quantized_(quantized), form_(form), model_(model_of(quantized.network)) {
        if (form != QuantizedOnnxForm::qonnx) return;
        onnx::OperatorSetIdProto& domain = *model_.add_opset_import();
        domain.set_domain(std::string(kQonnxDomain));
        domain.set_version(1);
    }

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
        if (form_ == QuantizedOnnxForm::qonnx) {
            write_number(tensor + "#scale", stored.scale);
            write_rounding(tensor, written, is_output(tensor) ? tensor : tensor + "#dequantized",
                           {stored.bits, stored.is_signed, stored.levels, stored.zero_point});
            return;
        }
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

    /// What a node of QONNX says beside the scale, which stands as `tensor`#scale.
    struct Rounded {
        int bits;
        bool is_signed;
        StoredLevels levels;
        std::int64_t zero_point;
    };

    void write_rounding(const std::string& tensor, const std::string& written, const std::string& output,
                        const Rounded& rounded) {
        if (rounded.levels == StoredLevels::bipolar) {
            write("BipolarQuant", {written, tensor + "#scale"}, output).set_domain(std::string(kQonnxDomain));
            return;
        }
        write_number(tensor + "#zero_point", static_cast<float>(rounded.zero_point));
        write_number(tensor + "#bits", static_cast<float>(rounded.bits));
        onnx::NodeProto& node =
            write("Quant", {written, tensor + "#scale", tensor + "#zero_point", tensor + "#bits"}, output);
        node.set_domain(std::string(kQonnxDomain));
        add_integer(node, "signed", rounded.is_signed ? 1 : 0);
        add_integer(node, "narrow", rounded.levels == StoredLevels::ternary ? 1 : 0);
        onnx::AttributeProto& rounding = *node.add_attribute();
        rounding.set_name("rounding_mode");
        rounding.set_type(onnx::AttributeProto::STRING);
        rounding.set_s("ROUND");
    }

    /// A constant as floats, behind its Quant; a bias, whose width nobody states, in 32 bits.
    void write_rounded_constant(const onnx::TensorProto& plain, const StoredConstant& stored) {
        constexpr int kBiasBits = 32;
        Shape shape;
        if (stored.scales.size() > 1) {
            shape.assign(static_cast<std::size_t>(plain.dims_size()), 1);
            shape[static_cast<std::size_t>(stored.axis)] = std::ssize(stored.scales);
        }
        write_tensor(plain.name() + "#scale", {.shape = shape, .values = stored.scales},
                     *graph().add_initializer());
        onnx::TensorProto& exact = *graph().add_initializer();
        exact = plain;
        exact.set_name(plain.name() + "#exact");
        write_rounding(plain.name(), exact.name(), plain.name(),
                       {stored.bits == 0 ? kBiasBits : stored.bits, true, stored.levels, 0});
    }

    static void add_integer(onnx::NodeProto& node, const std::string& name, std::int64_t value) {
        onnx::AttributeProto& attribute = *node.add_attribute();
        attribute.set_name(name);
        attribute.set_type(onnx::AttributeProto::INT);
        attribute.set_i(value);
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
        if (form_ == QuantizedOnnxForm::qonnx) return write_rounded_constant(plain, stored);
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
        add_integer(node, "axis", is_tensor_wide ? 0 : stored.axis);
    }

    template <class Integer>
    static void write_raw(const std::vector<std::int64_t>& integers, onnx::TensorProto& tensor) {
        std::vector<Integer> raw;
        raw.reserve(integers.size());
        for (const std::int64_t integer : integers) raw.push_back(static_cast<Integer>(integer));
        tensor.set_raw_data(raw.data(), raw.size() * sizeof(Integer));
    }

    const QuantizedOnnx& quantized_;
    QuantizedOnnxForm form_;
    onnx::ModelProto model_;
};

} // namespace

std::string emit_quantized_onnx(const QuantizedOnnx& quantized, QuantizedOnnxForm form) {
    return bytes_of(Writer(quantized, form).write());
}

} // namespace tandem
