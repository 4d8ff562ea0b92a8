// Small networks for tests, node by node, with seeded random parameters.
#pragma once

#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tandem/core/check.h"
#include "tandem/core/random.h"
#include "tandem/network/network.h"

namespace tandem {

class NetworkBuilder {
  public:
    /// `input_shape` without the batch.
    NetworkBuilder(const Shape& input_shape, std::uint64_t seed) : random_(seed) {
        network_.name = "small";
        network_.inputs = {"input"};
        Shape shape{kBatch};
        shape.insert(shape.end(), input_shape.begin(), input_shape.end());
        network_.shapes["input"] = shape;
    }

    /// Appends a node named "<type>_<index>" and returns the name of its output.
    std::string add(const std::string& type, std::vector<std::string> inputs,
                    std::map<std::string, Attribute> attributes = {}) {
        const std::string name = type + "_" + std::to_string(network_.nodes.size());
        network_.nodes.push_back({.name = name,
                                  .type = type,
                                  .inputs = std::move(inputs),
                                  .outputs = {name + "_out"},
                                  .attributes = std::move(attributes)});
        return name + "_out";
    }

    std::string parameter(const Shape& shape, std::vector<float> values) {
        const std::string name = "parameter_" + std::to_string(network_.parameters.size());
        network_.parameters[name] = {.shape = shape, .values = std::move(values)};
        return name;
    }
    std::string integers(std::vector<std::int64_t> values) {
        const std::string name = "parameter_" + std::to_string(network_.parameters.size());
        network_.parameters[name] = {.shape = {std::ssize(values)}, .values = std::move(values)};
        return name;
    }
    std::string random_parameter(const Shape& shape, double deviation) {
        std::int64_t elements = 1;
        for (const std::int64_t extent : shape) elements *= extent;
        std::vector<float> values(static_cast<std::size_t>(elements));
        for (float& value : values) value = static_cast<float>(random_.normal() * deviation);
        return parameter(shape, std::move(values));
    }

    /// A convolution with random weights and bias. `weights` is (K, C of a group, FY, FX).
    std::string conv(const std::string& input, const Shape& weights,
                     std::map<std::string, Attribute> attributes = {}) {
        const double deviation = std::sqrt(2.0 / static_cast<double>(weights[1] * weights[2] * weights[3]));
        return add("Conv", {input, random_parameter(weights, deviation), random_parameter({weights[0]}, 0.1)},
                   std::move(attributes));
    }
    std::string gemm(const std::string& input, std::int64_t inputs, std::int64_t outputs) {
        const double deviation = std::sqrt(2.0 / static_cast<double>(inputs));
        return add("Gemm",
                   {input, random_parameter({inputs, outputs}, deviation), random_parameter({outputs}, 0.1)});
    }
    std::string relu(const std::string& input) { return add("Relu", {input}); }

    Network finish(const std::string& output) {
        network_.outputs = {output};
        Result<Network> network = infer_shapes(network_, "test");
        TANDEM_CHECK(network.has_value(), to_string(network.error()));
        const Result<void> valid = validate(*network, "test");
        TANDEM_CHECK(valid.has_value(), to_string(valid.error()));
        return *std::move(network);
    }

    Random& random() { return random_; }

  private:
    Network network_;
    Random random_;
};

/// Seeded normal samples for a network's input, (N, C, H, W).
inline std::vector<float> random_samples(const Network& network, std::int64_t samples, std::uint64_t seed) {
    Random random(seed);
    std::vector<float> values(
        static_cast<std::size_t>(samples * elements_per_sample(network.shape(network.inputs[0]))));
    for (float& value : values) value = static_cast<float>(random.normal());
    return values;
}

} // namespace tandem
