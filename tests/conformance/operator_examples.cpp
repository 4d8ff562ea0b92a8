#include "operator_examples.h"

#include "tandem/network/operators/operators.h"

namespace tandem {

namespace {

using sketch::floats;
using sketch::integers;
using sketch::List;
using sketch::node;
using sketch::ramp;
using sketch::Sketch;
using Attributes = std::map<std::string, Attribute>;

const Shape kImage{kBatch, 2, 4, 4};

/// One node on the image and these parameters, in order.
Sketch on_image(const std::string& type, const Attributes& attributes = {},
                const std::vector<Parameter>& parameters = {}, std::int64_t opset = 13) {
    Sketch sketch{.input = kImage, .nodes = {node("x", type, {"input"}, attributes)}, .opset = opset};
    for (const Parameter& parameter : parameters) {
        const std::string name = "p" + std::to_string(sketch.parameters.size() + 1);
        sketch.parameters[name] = parameter;
        sketch.nodes.back().inputs.push_back(name);
    }
    return sketch;
}

Sketch with_input(Sketch sketch, Shape input) {
    sketch.input = std::move(input);
    return sketch;
}

void add_elementwise(std::map<std::string, Sketch>& all) {
    for (const char* type : {"Abs", "Erf", "Exp", "Floor", "HardSigmoid", "Neg", "Reciprocal", "Relu",
                             "Round", "Selu", "Sigmoid", "Sign", "Softplus", "Tanh"}) {
        all[type] = on_image(type);
    }
    // Of positive numbers alone.
    for (const char* type : {"Log", "Sqrt"}) {
        all[type] = {.input = kImage,
                     .nodes = {node("positive", "Exp", {"input"}), node("x", type, {"positive"})}};
    }
    for (const char* type : {"Div", "Max", "Min", "Mul", "Sub"}) {
        all[type] = on_image(type, {}, {ramp({2, 1, 1})});
    }
    all["Add"] = {.input = kImage, .nodes = {node("x", "Add", {"input", "input"})}};
    all["Pow"] = on_image("Pow", {}, {floats({}, {2.0F})});
    all["PRelu"] = on_image("PRelu", {}, {ramp({2, 1, 1})});
    all["Elu"] = on_image("Elu", {{"alpha", 0.5F}});
    all["LeakyRelu"] = on_image("LeakyRelu", {{"alpha", 0.1F}});
    all["HardSwish"] = on_image("HardSwish", {}, {}, 14);
    all["Gelu"] = on_image("Gelu", {}, {}, 20);
    all["Cast"] = on_image("Cast", {{"to", std::int64_t{1}}});
    all["Clip"] = on_image("Clip", {}, {floats({}, {0.0F}), floats({}, {6.0F})});
}

void add_layers(std::map<std::string, Sketch>& all) {
    const Attributes window{{"kernel_shape", List{2, 2}}, {"strides", List{2, 2}}};
    all["AveragePool"] = on_image("AveragePool", window);
    all["MaxPool"] = on_image("MaxPool", window);
    all["GlobalAveragePool"] = on_image("GlobalAveragePool");
    all["GlobalMaxPool"] = on_image("GlobalMaxPool");
    all["Conv"] = on_image("Conv", {}, {ramp({3, 2, 3, 3}), ramp({3})});
    all["ConvTranspose"] = on_image(
        "ConvTranspose", {{"strides", List{2, 2}}, {"pads", List{1, 0, 0, 1}}, {"group", std::int64_t{2}}},
        {ramp({2, 3, 3, 3}), ramp({6})});
    all["Gemm"] = with_input(on_image("Gemm", {}, {ramp({4, 3}), ramp({3})}), {kBatch, 4});
    all["MatMul"] = with_input(on_image("MatMul", {}, {ramp({4, 3})}), {kBatch, 2, 4});
    all["BatchNormalization"] = {.input = kImage, .nodes = {sketch::normalization("x", "input")}};
    sketch::add_normalization(all["BatchNormalization"].parameters, "x", 2);
    all["InstanceNormalization"] = on_image("InstanceNormalization", {}, {ramp({2}), ramp({2})});
    all["LayerNormalization"] =
        on_image("LayerNormalization", {{"axis", std::int64_t{-2}}}, {ramp({4, 4}), ramp({4, 4})}, 17);
    all["LRN"] = with_input(on_image("LRN", {{"size", std::int64_t{3}}, {"alpha", 0.5F}}), {kBatch, 5, 2, 2});
    all["Softmax"] = on_image("Softmax", {{"axis", std::int64_t{1}}});
    all["LogSoftmax"] = on_image("LogSoftmax");
}

/// Two directions over four times of three features, hidden states of two.
void add_recurrent(std::map<std::string, Sketch>& all) {
    const auto recurrent = [](const std::string& type, std::int64_t gates, const Attributes& attributes) {
        Attributes both{{"direction", std::string("bidirectional")},
                        {"hidden_size", std::int64_t{2}},
                        {"layout", std::int64_t{1}}};
        both.insert(attributes.begin(), attributes.end());
        Sketch sketch{.input = {kBatch, 4, 3}, .nodes = {node("x", type, {"input"}, both)}};
        sketch.parameters = {{"w", ramp({2, gates * 2, 3})},
                             {"r", ramp({2, gates * 2, 2})},
                             {"b", ramp({2, gates * 4})},
                             {"x.initial_h", ramp({1, 2, 2})}};
        for (const char* name : {"w", "r", "b", "", "x.initial_h"}) {
            sketch.nodes.back().inputs.emplace_back(name);
        }
        return sketch;
    };
    all["GRU"] = recurrent("GRU", 3, {{"linear_before_reset", std::int64_t{1}}});
    Sketch& lstm = all["LSTM"] = recurrent("LSTM", 4, {});
    lstm.parameters["x.initial_c"] = floats({1, 2, 2}, {0.5F, -1.0F, 0.25F, 0.75F});
    lstm.parameters["p"] = ramp({2, 6});
    for (const char* name : {"x.initial_c", "p"}) lstm.nodes.back().inputs.emplace_back(name);
}

void add_rearrangements(std::map<std::string, Sketch>& all) {
    all["ArgMax"] = on_image("ArgMax", {{"axis", std::int64_t{2}}});
    all["Concat"] = {.input = kImage,
                     .nodes = {node("half", "Relu", {"input"}),
                               node("x", "Concat", {"half", "input"}, {{"axis", std::int64_t{1}}})}};
    all["DepthToSpace"] =
        with_input(on_image("DepthToSpace", {{"blocksize", std::int64_t{2}}, {"mode", std::string("CRD")}}),
                   {kBatch, 8, 2, 3});
    all["SpaceToDepth"] = on_image("SpaceToDepth", {{"blocksize", std::int64_t{2}}});
    all["Expand"] = with_input(on_image("Expand", {}, {integers({1, 1, 3, 4})}), {kBatch, 2, 1, 4});
    all["Flatten"] = on_image("Flatten");
    all["Gather"] = on_image("Gather", {{"axis", std::int64_t{2}}}, {integers({3, 0, -2})});
    all["Identity"] = on_image("Identity");
    all["Pad"] = on_image("Pad", {{"mode", std::string("reflect")}}, {integers({0, 0, 1, 2, 0, 0, 3, 0})});
    for (const char* type : {"ReduceMax", "ReduceMean", "ReduceMin"}) {
        all[type] = on_image(type, {{"axes", List{1, 3}}, {"keepdims", std::int64_t{0}}});
    }
    all["ReduceSum"] = on_image("ReduceSum", {}, {integers({2})});
    all["Reshape"] = on_image("Reshape", {}, {integers({0, 8, 4})});
    all["Resize"] = on_image("Resize", {{"mode", std::string("linear")}});
    all["Resize"].nodes.back().inputs = {"input", "", "factors"};
    all["Resize"].parameters["factors"] = floats({4}, {1.0F, 1.0F, 2.0F, 1.5F});
    all["Slice"] =
        on_image("Slice", {}, {integers({3, 1}), integers({-5, 4}), integers({2, 3}), integers({-2, 2})});
    all["Squeeze"] = with_input(on_image("Squeeze", {}, {integers({-1})}), {kBatch, 2, 4, 1});
    all["Transpose"] = on_image("Transpose", {{"perm", List{0, 2, 3, 1}}});
    all["Unsqueeze"] = on_image("Unsqueeze", {}, {integers({2, -1})});
    all["Upsample"] = on_image("Upsample", {}, {floats({4}, {1.0F, 1.0F, 2.0F, 3.0F})}, 9);
}

} // namespace

std::map<std::string, Sketch> operator_examples() {
    std::map<std::string, Sketch> all;
    add_elementwise(all);
    add_layers(all);
    add_recurrent(all);
    add_rearrangements(all);
    return all;
}

std::vector<float> example_input(const Network& network, std::int64_t samples) {
    const std::int64_t count = samples * elements_per_sample(network.shape(network.inputs.front()));
    std::vector<float> values;
    for (std::int64_t i = 0; i < count; ++i)
        values.push_back((static_cast<float>((i * 5) % 13) - 6.1F) / 3.0F);
    return values;
}

} // namespace tandem
