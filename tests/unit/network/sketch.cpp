#include "unit/network/sketch.h"

#include <gtest/gtest.h>

namespace tandem::sketch {

Node node(const std::string& name, const std::string& type, std::vector<std::string> inputs,
          std::map<std::string, Attribute> attributes) {
    return {.name = name,
            .type = type,
            .inputs = std::move(inputs),
            .outputs = {name},
            .attributes = std::move(attributes)};
}

Parameter floats(Shape shape, std::vector<float> values) {
    return {.shape = std::move(shape), .values = std::move(values)};
}

Parameter ramp(Shape shape) {
    std::vector<float> values;
    for (int i = 0; i < static_cast<int>(elements_per_sample(shape)); ++i) {
        values.push_back(static_cast<float>((i * 7) % 11 - 5) / 4.0F);
    }
    return floats(std::move(shape), std::move(values));
}

Parameter integers(List values) {
    const auto count = static_cast<std::int64_t>(values.size());
    return {.shape = {count}, .values = std::move(values)};
}

Network unchecked(const Sketch& sketch) {
    Network network;
    network.name = "sketch";
    network.opset = sketch.opset;
    network.nodes = sketch.nodes;
    network.parameters = sketch.parameters;
    network.shapes = {{"input", sketch.input}};
    network.inputs = {"input"};
    network.outputs = sketch.nodes.back().outputs;
    return network;
}

Network drawn(const Sketch& sketch) {
    const Result<Network> network = infer_shapes(unchecked(sketch), "net");
    if (!network) {
        ADD_FAILURE() << to_string(network.error());
        return {};
    }
    EXPECT_EQ(refusal(*network), "accepted");
    return *network;
}

std::string refusal(const Network& network) {
    const Result<void> valid = validate(network, "net");
    return valid ? "accepted" : to_string(valid.error());
}

std::string refusal(const Sketch& sketch) {
    const Result<Network> network = infer_shapes(unchecked(sketch), "net");
    return network ? refusal(*network) : to_string(network.error());
}

std::string output_shape(const Sketch& sketch) {
    const Result<Network> network = infer_shapes(unchecked(sketch), "net");
    return network ? to_string(network->shape(network->outputs.front())) : to_string(network.error());
}

void add_normalization(std::map<std::string, Parameter>& parameters, const std::string& name,
                       std::int64_t channels) {
    parameters[name + ".scale"] = ramp({channels});
    parameters[name + ".bias"] = ramp({channels});
    parameters[name + ".mean"] = ramp({channels});
    std::vector<float> variances;
    for (std::int64_t i = 0; i < channels; ++i) variances.push_back(0.5F + static_cast<float>(i));
    parameters[name + ".variance"] = floats({channels}, std::move(variances));
}

Node normalization(const std::string& name, const std::string& input) {
    return node(name, "BatchNormalization",
                {input, name + ".scale", name + ".bias", name + ".mean", name + ".variance"});
}

} // namespace tandem::sketch
