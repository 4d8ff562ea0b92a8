// Quantised ONNX files against ONNX Runtime (onnxruntime-node from tests/onnxruntime, which tools/setup test
// installs): what Tandem writes, and operators on integers as other tools write them. Outputs may differ by
// one unit, since ONNX leaves open in which order and precision a sum is formed.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "../shared_data.h"
#include <onnx/onnx_pb.h>

#include "tandem/core/files.h"
#include "tandem/core/random.h"
#include "tandem/engine/calibration.h"
#include "tandem/engine/integer_executor.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/network/topologies/topologies.h"
#include "tandem/strategy/import.h"
#include "tandem/strategy/onnx_form.h"
#include "unit/network_builder.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

const fs::path kPackages = fs::path(TANDEM_SOURCE_DIR) / "build" / "onnxruntime";

bool has_runtime() { return fs::is_directory(kPackages / "node_modules" / "onnxruntime-node"); }

void write_floats(const fs::path& path, const std::vector<float>& values) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(values.data()),
               static_cast<std::streamsize>(values.size() * sizeof(float)));
}

std::vector<float> random_inputs(const Network& network, std::int64_t samples) {
    Random random(7);
    std::vector<float> values(
        static_cast<std::size_t>(samples * elements_per_sample(network.shape(network.inputs[0]))));
    for (float& value : values) value = static_cast<float>(random.normal());
    return values;
}

/// Runs a file here, in integers, and there, operator by operator as ONNX defines them; the largest
/// difference in units of the output. `scale` is that of the inputs.
double largest_difference(const std::string& bytes, float scale) {
    constexpr std::int64_t kSamples = 16;
    const TemporaryDirectory folder = TemporaryDirectory::create().value();
    const fs::path file = folder.path() / "model.onnx";
    std::ofstream(file, std::ios::binary) << bytes;
    const Result<ImportedNetwork> imported = import_network(file.string());
    EXPECT_TRUE(imported) << to_string(imported.error());
    const Network& network = imported->network;
    const Result<IntegerProgram> program = lower_to_integers(network, *imported->strategy);
    EXPECT_TRUE(program) << to_string(program.error());

    std::vector<float> input = random_inputs(network, kSamples);
    for (float& value : input) value *= scale;
    const auto tensors = execute_fast(FastProgram(*program), quantize_input(*program, input), kSamples);
    const IntegerTensor& output = program->tensors[program->output];
    std::vector<float> values;
    // Stored channels last, compared channels first.
    const std::int64_t pixels = output.extents.rows * output.extents.columns;
    for (std::int64_t i = 0; i < kSamples * output.extents.elements(); ++i) {
        const std::int64_t channel = i / pixels % output.extents.channels;
        const std::int64_t sample = i / output.extents.elements();
        const auto place =
            static_cast<std::size_t>((sample * pixels + i % pixels) * output.extents.channels + channel);
        values.push_back(static_cast<float>(value_of(output, tensors[program->output][place])));
    }
    write_floats(folder.path() / "model.input", input);
    write_floats(folder.path() / "model.output", values);
    Shape dims = network.shape(network.inputs.front());
    dims.front() = kSamples;
    std::ofstream(folder.path() / "model.json") << fmt::format(
        "{{\"inputs\": [{{\"name\": \"{}\", \"dims\": [{}], \"file\": \"model.input\"}}], "
        "\"outputs\": [{{\"name\": \"{}\", \"file\": \"model.output\"}}], \"optimization\": \"disabled\"}}",
        network.inputs.front(), fmt::join(dims, ", "), network.outputs.front());
    const fs::path report = folder.path() / "report";
    const std::string command =
        fmt::format("node '{}' '{}' '{}' > '{}'",
                    (fs::path(TANDEM_SOURCE_DIR) / "tests" / "onnxruntime" / "compare.mjs").string(),
                    folder.path().string(), kPackages.string(), report.string());
    EXPECT_EQ(std::system(command.c_str()), 0) << command;
    std::ifstream line(report);
    std::string name;
    double difference = 0.0;
    std::string rest;
    std::getline(line, rest);
    std::istringstream words(rest);
    EXPECT_TRUE(words >> name >> difference) << rest;
    return difference / std::abs(value_of(output, output.zero_point() + 1));
}

constexpr double kOneUnit = 1.0 + 1e-3; // and what float32 adds to it

TEST(QuantizedOnnx, AgreesWithOnnxRuntimeOnWhatIsWritten) {
    if (!has_runtime()) GTEST_SKIP() << "no onnxruntime-node: tools/setup test installs it";
    for (const int bits : {8, 4, 12}) {
        SCOPED_TRACE(testing::Message() << bits << " bits");
        const Network network = prepare_for_deployment(
            find_topology("resnet8")->build({.input_shape = {kBatch, 3, 32, 32}, .seed = 3}));
        const auto samples = random_inputs(network, 16);
        const Strategy strategy = apply_calibration(uniform_strategy(network, bits, bits), network,
                                                    calibrate(network, samples, {bits}).value());
        EXPECT_LE(largest_difference(emit_quantized_onnx(to_onnx_form(network, strategy).value()), 1.0F),
                  kOneUnit);
    }
}

TEST(QuantizedOnnx, AgreesWithOnnxRuntimeOnNarrowReads) {
    if (!has_runtime()) GTEST_SKIP() << "no onnxruntime-node: tools/setup test installs it";
    const Network network = prepare_for_deployment(
        find_topology("resnet8")->build({.input_shape = {kBatch, 3, 32, 32}, .seed = 3}));
    const auto samples = random_inputs(network, 16);
    Strategy strategy = uniform_strategy(network, 8, 8);
    for (std::size_t i = 1; i < strategy.layers.size(); i += 2) strategy.layers[i].activation_bits = 4;
    strategy = apply_calibration(strategy, network, calibrate(network, samples, {4, 8}).value());
    EXPECT_LE(largest_difference(emit_quantized_onnx(to_onnx_form(network, strategy).value()), 1.0F),
              kOneUnit);
}

TEST(QuantizedOnnx, AgreesWithOnnxRuntimeOnTensorsThatAreJoined) {
    if (!has_runtime()) GTEST_SKIP() << "no onnxruntime-node: tools/setup test installs it";
    const Network network = prepare_for_deployment(
        find_topology("squeezenet11")->build({.input_shape = {kBatch, 3, 48, 48}, .classes = 10, .seed = 3}));
    const auto samples = random_inputs(network, 16);
    const Strategy uniform = uniform_strategy(network, 8, 8);
    const Strategy powers = apply_calibration(uniform, network, calibrate(network, samples, {8}).value());
    EXPECT_LE(largest_difference(emit_quantized_onnx(to_onnx_form(network, powers).value()), 1.0F), kOneUnit);
    // With scales one input and one result of layers, each with a scale of its own.
    NetworkBuilder build({2, 8, 8}, 1);
    const std::string left = build.relu(build.conv("input", {3, 2, 3, 3}));
    const std::string joined =
        build.add("Concat", {left, build.conv("input", {4, 2, 3, 3}), left}, {{"axis", std::int64_t{1}}});
    const Network small = prepare_for_deployment(build.finish(build.relu(joined)));
    Strategy narrow = uniform_strategy(small, 8, 8);
    narrow.output_bits = 8;
    const Strategy scales = calibrate_scales(narrow, small, random_inputs(small, 16), {}).value();
    EXPECT_LE(largest_difference(emit_quantized_onnx(to_onnx_form(small, scales).value()), 1.0F), kOneUnit);
}

TEST(QuantizedOnnx, AgreesWithOnnxRuntimeOnScalesAndZeroPoints) {
    if (!has_runtime()) GTEST_SKIP() << "no onnxruntime-node: tools/setup test installs it";
    const fs::path file = shared_data() / "mlperf_tiny" / "resnet8_cifar10_int8.tflite";
    if (!fs::exists(file)) GTEST_SKIP() << "no " << file << " (TANDEM_SHARED_DATA)";
    ImportedNetwork imported = import_network(file.string()).value();
    const Network network = prepare_for_deployment(std::move(imported.network));
    // Its Softmax would be in the way of a comparison of logits.
    Network logits = network;
    logits.outputs = {logits.nodes.back().inputs[0]};
    logits.shapes.erase(logits.nodes.back().outputs[0]);
    logits.nodes.pop_back();
    const auto form = to_onnx_form(logits, *imported.strategy);
    ASSERT_TRUE(form) << to_string(form.error());
    // A layer differs by one unit where the exact sum lies next to a tie. An Add whose operand is stored in
    // steps of two units of the sum makes three of it.
    EXPECT_LE(largest_difference(emit_quantized_onnx(*form), 100.0F), 3.0 * kOneUnit);
}

/// A model of operators on integers, node by node.
class IntegerModel {
  public:
    IntegerModel() {
        model_.set_ir_version(8);
        model_.add_opset_import()->set_version(13);
        auto& contributed = *model_.add_opset_import();
        contributed.set_domain("com.microsoft");
        contributed.set_version(1);
        graph().set_name("integers");
        describe("input", {2, 6, 6}, *graph().add_input());
    }

    std::string number(float value) {
        onnx::TensorProto& tensor = add(onnx::TensorProto::FLOAT);
        tensor.add_float_data(value);
        return tensor.name();
    }
    std::string numbers(const std::vector<float>& values, const std::vector<std::int64_t>& dims = {}) {
        onnx::TensorProto& tensor = add(onnx::TensorProto::FLOAT);
        if (dims.empty()) tensor.add_dims(std::ssize(values));
        for (const std::int64_t extent : dims) tensor.add_dims(extent);
        for (const float value : values) tensor.add_float_data(value);
        return tensor.name();
    }
    std::string integers(onnx::TensorProto::DataType type, const std::vector<std::int64_t>& dims, int least,
                         int most) {
        onnx::TensorProto& tensor = add(type);
        std::int64_t count = 1;
        for (const std::int64_t extent : dims) {
            tensor.add_dims(extent);
            count *= extent;
        }
        for (std::int64_t i = 0; i < count; ++i) {
            tensor.add_int32_data(
                least + static_cast<int>(random_.below(static_cast<std::uint64_t>(most - least + 1))));
        }
        return tensor.name();
    }
    std::string zero(onnx::TensorProto::DataType type, int point) { return integers(type, {}, point, point); }

    std::string node(const std::string& type, const std::vector<std::string>& inputs,
                     const std::vector<std::int64_t>& pads = {}) {
        onnx::NodeProto& node = *graph().add_node();
        node.set_op_type(type);
        node.set_name(fmt::format("{}_{}", type, graph().node_size()));
        if (type == "QLinearAdd" || type == "QLinearGlobalAveragePool") node.set_domain("com.microsoft");
        for (const std::string& input : inputs) node.add_input(input);
        node.add_output(node.name() + "_out");
        if (!pads.empty()) {
            onnx::AttributeProto& attribute = *node.add_attribute();
            attribute.set_name("pads");
            attribute.set_type(onnx::AttributeProto::INTS);
            attribute.mutable_ints()->Assign(pads.begin(), pads.end());
        }
        return node.output(0);
    }

    std::string cast_to_float(const std::string& input) {
        const std::string output = node("Cast", {input});
        onnx::AttributeProto& attribute = *graph().mutable_node(graph().node_size() - 1)->add_attribute();
        attribute.set_name("to");
        attribute.set_type(onnx::AttributeProto::INT);
        attribute.set_i(onnx::TensorProto::FLOAT);
        return output;
    }

    std::string finish(const std::string& output, const std::vector<std::int64_t>& extents) {
        describe(output, extents, *graph().add_output());
        return model_.SerializeAsString();
    }

  private:
    onnx::GraphProto& graph() { return *model_.mutable_graph(); }
    onnx::TensorProto& add(onnx::TensorProto::DataType type) {
        onnx::TensorProto& tensor = *graph().add_initializer();
        tensor.set_name(fmt::format("constant_{}", graph().initializer_size()));
        tensor.set_data_type(type);
        return tensor;
    }
    static void describe(const std::string& name, const std::vector<std::int64_t>& extents,
                         onnx::ValueInfoProto& value) {
        value.set_name(name);
        auto& tensor = *value.mutable_type()->mutable_tensor_type();
        tensor.set_elem_type(onnx::TensorProto::FLOAT);
        tensor.mutable_shape()->add_dim()->set_dim_param("N");
        for (const std::int64_t extent : extents) tensor.mutable_shape()->add_dim()->set_dim_value(extent);
    }

    onnx::ModelProto model_;
    Random random_{5};
};

TEST(QuantizedOnnx, AgreesWithOnnxRuntimeOnOperatorsOnIntegers) {
    if (!has_runtime()) GTEST_SKIP() << "no onnxruntime-node: tools/setup test installs it";
    constexpr auto kByte = onnx::TensorProto::UINT8;
    IntegerModel model;
    const std::string one = model.number(0.02F);
    const std::string one_zero = model.zero(kByte, 120);
    const std::string two = model.number(0.05F);
    const std::string two_zero = model.zero(kByte, 100);
    const std::string three = model.number(0.06F);
    const std::string three_zero = model.zero(kByte, 90);
    const std::string input = model.node("QuantizeLinear", {"input", one, one_zero});
    const std::vector<std::string> conv{input,
                                        one,
                                        one_zero,
                                        model.integers(onnx::TensorProto::INT8, {4, 2, 3, 3}, -127, 127),
                                        model.numbers({0.01F, 0.02F, 0.005F, 0.01F}),
                                        model.integers(onnx::TensorProto::INT8, {4}, 0, 0),
                                        two,
                                        two_zero,
                                        model.integers(onnx::TensorProto::INT32, {4}, -500, 500)};
    const std::string a = model.node("QLinearConv", conv, {1, 1, 1, 1});
    // Unsigned weights around 128.
    const std::string b =
        model.node("QLinearConv", {a, two, two_zero, model.integers(kByte, {4, 4, 1, 1}, 0, 255),
                                   model.number(0.01F), model.zero(kByte, 128), three, three_zero});
    const std::string sum =
        model.node("QLinearAdd", {a, two, two_zero, b, three, three_zero, three, three_zero});
    const std::string mean = model.node("QLinearGlobalAveragePool", {sum, three, three_zero, one, one_zero});
    const std::string vector = model.node("Flatten", {mean});
    const std::string product = model.node(
        "QLinearMatMul", {vector, one, one_zero, model.integers(onnx::TensorProto::INT8, {4, 3}, -127, 127),
                          model.number(0.02F), model.zero(onnx::TensorProto::INT8, 0), two, two_zero});
    const std::string output = model.node("DequantizeLinear", {product, two, two_zero});
    EXPECT_LE(largest_difference(model.finish(output, {3}), 1.0F), kOneUnit);
}

TEST(QuantizedOnnx, AgreesWithOnnxRuntimeOnProductsThatAreScaledAfterwards) {
    if (!has_runtime()) GTEST_SKIP() << "no onnxruntime-node: tools/setup test installs it";
    constexpr auto kByte = onnx::TensorProto::UINT8;
    IntegerModel model;
    const std::string one = model.number(0.02F);
    const std::string one_zero = model.zero(kByte, 120);
    const std::string two = model.number(0.05F);
    const std::string two_zero = model.zero(kByte, 100);
    const std::string input = model.node("QuantizeLinear", {"input", one, one_zero});
    const std::string sums = model.node(
        "ConvInteger", {input, model.integers(kByte, {4, 2, 3, 3}, 0, 255), one_zero, model.zero(kByte, 128)},
        {1, 1, 1, 1});
    const std::string image =
        model.node("Mul", {model.cast_to_float(sums),
                           model.numbers({0.0002F, 0.0004F, 0.0001F, 0.0003F}, {1, 4, 1, 1})});
    const std::string mean =
        model.node("QLinearGlobalAveragePool",
                   {model.node("QuantizeLinear", {image, two, two_zero}), two, two_zero, one, one_zero});
    const std::string vector = model.node("Flatten", {mean});
    const std::string product = model.node(
        "MatMulInteger", {vector, model.integers(kByte, {4, 3}, 0, 255), one_zero, model.zero(kByte, 128)});
    const std::string logits = model.node("Mul", {model.number(0.0004F), model.cast_to_float(product)});
    const std::string output = model.node(
        "DequantizeLinear", {model.node("QuantizeLinear", {logits, two, two_zero}), two, two_zero});
    EXPECT_LE(largest_difference(model.finish(output, {3}), 1.0F), kOneUnit);
}

TEST(QuantizedOnnx, RefusesAProductThatNobodyScales) {
    IntegerModel model;
    const std::string input =
        model.node("QuantizeLinear", {"input", model.number(0.02F), model.zero(onnx::TensorProto::UINT8, 3)});
    const std::string sums =
        model.node("ConvInteger", {input, model.integers(onnx::TensorProto::INT8, {4, 2, 3, 3}, -9, 9),
                                   model.zero(onnx::TensorProto::UINT8, 3)});
    const auto parsed =
        parse_quantized_onnx(model.finish(model.cast_to_float(sums), {4, 4, 4}), "model.onnx");
    ASSERT_FALSE(parsed);
    EXPECT_EQ(to_string(parsed.error()), "model.onnx: node 'ConvInteger_2' (ConvInteger): found 'Cast_3_out' "
                                         "that nobody scales, expected a Cast to "
                                         "float and a Mul by a constant after it");
}

} // namespace
} // namespace tandem
