#include "tandem/network/network.h"

#include <algorithm>

#include <fmt/format.h>

#include "tandem/core/check.h"

namespace tandem {

std::int64_t elements_per_sample(const Shape& shape) {
    std::int64_t product = 1;
    for (const std::int64_t extent : shape) {
        if (extent != kBatch) product *= extent;
    }
    return product;
}

std::string to_string(const Shape& shape) {
    if (shape.empty()) return "scalar";
    std::string text;
    for (const std::int64_t extent : shape) {
        if (!text.empty()) text += 'x';
        text += extent == kBatch ? "N" : std::to_string(extent);
    }
    return text;
}

const Shape& Network::shape(std::string_view tensor) const {
    const auto found = shapes.find(std::string(tensor));
    TANDEM_CHECK(found != shapes.end(), fmt::format("no activation '{}'", tensor));
    return found->second;
}

const Parameter* Network::parameter(std::string_view tensor) const {
    const auto found = parameters.find(std::string(tensor));
    return found == parameters.end() ? nullptr : &found->second;
}

const Node* Network::producer(std::string_view tensor) const {
    for (const Node& node : nodes) {
        if (std::find(node.outputs.begin(), node.outputs.end(), tensor) != node.outputs.end()) return &node;
    }
    return nullptr;
}

std::vector<const Node*> Network::consumers(std::string_view tensor) const {
    std::vector<const Node*> readers;
    for (const Node& node : nodes) {
        if (std::find(node.inputs.begin(), node.inputs.end(), tensor) != node.inputs.end()) {
            readers.push_back(&node);
        }
    }
    return readers;
}

const std::vector<float>& float_values(const Parameter& parameter) {
    const auto* values = std::get_if<std::vector<float>>(&parameter.values);
    TANDEM_CHECK(values != nullptr, "the parameter holds int64 values");
    return *values;
}

bool is_layer(const Node& node) { return node.type == "Conv" || node.type == "Gemm"; }

std::vector<const Node*> layers(const Network& network) {
    std::vector<const Node*> found;
    for (const Node& node : network.nodes) {
        if (is_layer(node)) found.push_back(&node);
    }
    return found;
}

namespace {

void add_names(Hasher& hasher, const std::vector<std::string>& names) {
    hasher.add(names.size());
    for (const std::string& name : names) hasher.add(name);
}

void add_attribute(Hasher& hasher, const Attribute& attribute) {
    hasher.add(attribute.index());
    std::visit(
        [&](const auto& value) {
            using Value = std::decay_t<decltype(value)>;
            if constexpr (std::is_arithmetic_v<Value> || std::is_same_v<Value, std::string>) {
                hasher.add(value);
            } else {
                hasher.add(std::span(value));
            }
        },
        attribute);
}

void add_shape(Hasher& hasher, const Shape& shape) { hasher.add(std::span(shape)); }

} // namespace

ContentHash content_hash(const Network& network) {
    Hasher hasher;
    hasher.add(network.opset).add(network.nodes.size());
    for (const Node& node : network.nodes) {
        hasher.add(node.name).add(node.type);
        add_names(hasher, node.inputs);
        add_names(hasher, node.outputs);
        hasher.add(node.attributes.size());
        for (const auto& [name, attribute] : node.attributes) {
            hasher.add(name);
            add_attribute(hasher, attribute);
        }
    }
    hasher.add(network.parameters.size());
    for (const auto& [name, parameter] : network.parameters) {
        hasher.add(name).add(parameter.values.index());
        add_shape(hasher, parameter.shape);
        std::visit([&](const auto& values) { hasher.add(std::span(values)); }, parameter.values);
    }
    hasher.add(network.shapes.size());
    for (const auto& [name, shape] : network.shapes) {
        hasher.add(name);
        add_shape(hasher, shape);
    }
    add_names(hasher, network.inputs);
    add_names(hasher, network.outputs);
    return hasher.finish();
}

} // namespace tandem
