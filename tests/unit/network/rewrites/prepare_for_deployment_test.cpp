#include <algorithm>

#include <gtest/gtest.h>

#include "tandem/network/onnx/onnx.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/network/topologies/topologies.h"
#include "unit/network/reference_evaluator.h"
#include "unit/network/sketch.h"

namespace tandem {
namespace {

TEST(PrepareForDeployment, KeepsWhatEveryTopologyComputes) {
    for (const Topology& topology : known_topologies()) {
        if (topology.is_large) continue; // the small ones have all they are made of
        const std::int64_t extent = std::max<std::int64_t>(12, topology.minimum_rows);
        Network network = topology.build({.input_shape = {kBatch, 1, extent, extent}});
        // Fresh running statistics would make the fold trivial.
        for (auto& [name, parameter] : network.parameters) {
            if (!name.ends_with(".mean") && !name.ends_with(".variance")) continue;
            float value = 0.5F;
            for (float& each : std::get<std::vector<float>>(parameter.values)) each = value += 0.01F;
        }
        const Network prepared = prepare_for_deployment(network);
        for (const Node* layer : layers(prepared)) EXPECT_EQ(layer->inputs.size(), 3U) << layer->name;
        for (const Node& node : prepared.nodes) EXPECT_NE(node.type, "BatchNormalization");
        sketch::expect_same_results(network, prepared);
    }
}

TEST(PrepareForDeployment, FindsNothingToDoTheSecondTime) {
    const Network prepared =
        prepare_for_deployment(find_topology("resnet8")->build({.input_shape = {kBatch, 1, 28, 28}}));
    EXPECT_EQ(prepare_for_deployment(prepared), prepared);
    const Result<Network> read = parse_onnx(emit_onnx(prepared), "net");
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(*read, prepared);
}

TEST(PrepareForDeployment, FoldsANormalisationWhoseParametersWereComputed) {
    std::map<std::string, Parameter> parameters{{"w", sketch::ramp({2, 1, 1, 1})},
                                                {"target", sketch::integers({2})}};
    sketch::add_normalization(parameters, "bn", 2);
    parameters["raw"] = sketch::floats({1, 2}, {0.5F, 2.0F});
    parameters.erase("bn.scale");
    const Network before = sketch::drawn(
        {.input = {kBatch, 1, 2, 2},
         .nodes = {sketch::node("bn.scale", "Reshape", {"raw", "target"}),
                   sketch::node("conv", "Conv", {"input", "w"}), sketch::normalization("bn", "conv")},
         .parameters = parameters});
    const Network after = prepare_for_deployment(before);
    EXPECT_EQ(after.nodes.size(), 1U);
    sketch::expect_same_results(before, after);
}

} // namespace
} // namespace tandem
