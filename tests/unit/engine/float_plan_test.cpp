// Runs that nobody visits fuse nodes, reuse memory and take samples in parts: they give what the nodes give
// one by one.
#include <gtest/gtest.h>

#include "tandem/core/random.h"
#include "tandem/engine/float_executor.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/network/topologies/topologies.h"

namespace tandem {
namespace {

using Floats = std::vector<float>;

Floats random_floats(std::int64_t count) {
    Random random(11);
    Floats values(static_cast<std::size_t>(count));
    for (float& value : values) value = static_cast<float>(random.normal());
    return values;
}

/// Runs samples as they come, and again with somebody who looks at every node.
void expect_same_when_visited(const Network& network, std::int64_t samples) {
    const FloatExecutor executor = FloatExecutor::create(network).value();
    const Floats input = random_floats(samples * elements_per_sample(network.shape(network.inputs[0])));
    const Floats alone = executor.run(input, samples);
    const Floats visited = executor.run(input, samples, [](std::string_view, std::span<const float>) {});
    ASSERT_EQ(alone.size(), visited.size());
    float largest = 0.0F;
    for (const float value : visited) largest = std::max(largest, std::abs(value));
    for (std::size_t i = 0; i < alone.size(); ++i) {
        ASSERT_NEAR(alone[i], visited[i], 1e-5F * largest)
            << "element " << i << ", " << samples << " samples";
    }
}

TEST(FloatPlan, RunsTopologiesAsTheirNodesDo) {
    for (const auto& [name, shape] :
         std::vector<std::pair<std::string, Shape>>{{"resnet20", {kBatch, 3, 32, 32}},
                                                    {"resnet8", {kBatch, 1, 28, 28}},
                                                    {"dscnn", {kBatch, 1, 49, 10}},
                                                    {"mobilenetv2", {kBatch, 3, 64, 64}},
                                                    {"squeezenet11", {kBatch, 3, 64, 64}}}) {
        SCOPED_TRACE(name);
        const Network network = prepare_for_deployment(
            find_topology(name)->build({.input_shape = shape, .classes = 10, .seed = 1}));
        for (const std::int64_t samples : {1, 3, 19}) expect_same_when_visited(network, samples);
    }
}

/// Convolutions of two channels, 1x1, by name: each reads the tensor named and writes its own name.
struct Sketch {
    Network network;

    Sketch() {
        network.name = "test";
        network.inputs = {"x"};
        network.shapes["x"] = {kBatch, 2, 3, 3};
        network.parameters["w"] = {{2, 2, 1, 1}, Floats{1, 2, -1, 1}};
        network.parameters["b"] = {{2}, Floats{0.5F, -1}};
    }
    Sketch& node(const std::string& type, const std::vector<std::string>& inputs, const std::string& output) {
        network.nodes.push_back({output, type, inputs, {output}, {}});
        return *this;
    }
    Sketch& conv(const std::string& input, const std::string& output) {
        return node("Conv", {input, "w", "b"}, output);
    }
    Network ending_in(const std::string& output) {
        network.outputs = {output};
        return infer_shapes(std::move(network), "test").value();
    }
};

TEST(FloatPlan, AddsToTheInput) {
    expect_same_when_visited(Sketch().conv("x", "y").node("Add", {"y", "x"}, "z").ending_in("z"), 5);
}

TEST(FloatPlan, KeepsAResidualThatIsReadAfterwards) {
    expect_same_when_visited(Sketch()
                                 .conv("x", "a")
                                 .conv("a", "b1")
                                 .node("Add", {"b1", "a"}, "c")
                                 .node("Mul", {"c", "a"}, "d")
                                 .ending_in("d"),
                             5);
}

TEST(FloatPlan, KeepsAResidualThatIsReadUnderAnotherName) {
    expect_same_when_visited(Sketch()
                                 .conv("x", "a")
                                 .node("Identity", {"a"}, "same")
                                 .conv("a", "b1")
                                 .node("Add", {"a", "b1"}, "c")
                                 .node("Relu", {"c"}, "d")
                                 .node("Mul", {"d", "same"}, "e")
                                 .ending_in("e"),
                             5);
}

TEST(FloatPlan, AddsAConvolutionToItself) {
    expect_same_when_visited(Sketch().conv("x", "a").node("Add", {"a", "a"}, "b1").ending_in("b1"), 5);
}

TEST(FloatPlan, AddsTheInputOfTheConvolution) {
    expect_same_when_visited(
        Sketch().conv("x", "a").conv("a", "b1").node("Add", {"a", "b1"}, "c").ending_in("c"), 17);
}

TEST(FloatPlan, LimitsBeforeItAdds) {
    expect_same_when_visited(Sketch()
                                 .conv("x", "a")
                                 .node("Relu", {"a"}, "r")
                                 .conv("x", "b1")
                                 .node("Relu", {"b1"}, "s")
                                 .node("Add", {"r", "s"}, "c")
                                 .ending_in("c"),
                             2);
}

} // namespace
} // namespace tandem
