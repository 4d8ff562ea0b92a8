#include <gtest/gtest.h>

#include "tandem/network/onnx/onnx.h"
#include "tandem/network/topologies/topologies.h"
#include "unit/network/sketch.h"

namespace tandem {
namespace {

using sketch::node;

TEST(OnnxWriter, WritesEveryTopologySoThatItReadsBackEqual) {
    for (const Topology& topology : known_topologies()) {
        if (topology.is_large) continue; // the small ones have all they are made of
        const Network network = topology.build({.input_shape = {kBatch, 3, 32, 32}});
        const Result<Network> read = parse_onnx(emit_onnx(network), "net");
        ASSERT_TRUE(read) << to_string(read.error());
        EXPECT_EQ(*read, network);
        EXPECT_EQ(content_hash(*read), content_hash(network));
    }
}

TEST(OnnxWriter, KeepsAttributesOfEveryTypeAndInputsLeftOut) {
    const Network network = sketch::drawn(
        {.input = {kBatch, 2, 5, 5},
         .nodes = {node("conv", "Conv", {"input", "w"},
                        {{"auto_pad", std::string("SAME_LOWER")}, {"strides", sketch::List{2, 2}}}),
                   node("clip", "Clip", {"conv", "", "six"}), node("flat", "Flatten", {"clip"}),
                   node("fc", "Gemm", {"flat", "v"}, {{"alpha", 1.0F}, {"transB", std::int64_t{1}}})},
         .parameters = {{"w", sketch::ramp({3, 2, 3, 3})},
                        {"six", sketch::floats({}, {6.0F})},
                        {"v", sketch::ramp({4, 27})}}});
    const Result<Network> read = parse_onnx(emit_onnx(network), "net");
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(*read, network);
}

TEST(OnnxWriter, WritesTheSameBytesForTheSameNetwork) {
    const Topology& topology = *find_topology("lenet5");
    EXPECT_EQ(emit_onnx(topology.build({.input_shape = {kBatch, 1, 28, 28}})),
              emit_onnx(topology.build({.input_shape = {kBatch, 1, 28, 28}})));
}

} // namespace
} // namespace tandem
