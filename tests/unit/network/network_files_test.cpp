#include "tandem/network/network_files.h"

#include <gtest/gtest.h>

#include "tandem/network/topologies/topologies.h"
#include "unit/network/sketch.h"

namespace tandem {
namespace {

using sketch::node;

Result<Network> read_back(const Network& network) {
    const Result<Document> document =
        parse_json(to_json(to_document(network), JsonLayout::compact), "network.json");
    EXPECT_TRUE(document);
    return parse_network(*document, parameter_bytes(network), "network.json");
}

TEST(NetworkFiles, ReadBackEqual) {
    for (const Topology& topology : known_topologies()) {
        if (topology.is_large) continue; // the small ones have all they are made of
        const Network network = topology.build({.input_shape = {kBatch, 3, 32, 32}, .seed = 3});
        const Result<Network> read = read_back(network);
        ASSERT_TRUE(read) << to_string(read.error());
        EXPECT_EQ(*read, network) << topology.name;
    }
}

TEST(NetworkFiles, KeepAttributesOfEveryKindAndInputsLeftOut) {
    const Network network = sketch::drawn(
        {.input = {kBatch, 2, 5, 5},
         .nodes = {node("conv", "Conv", {"input", "w"},
                        {{"auto_pad", std::string("SAME_LOWER")}, {"strides", sketch::List{2, 2}}}),
                   node("clip", "Clip", {"conv", "", "six"}),
                   node("leaky", "LeakyRelu", {"clip"}, {{"alpha", 0.1F}}),
                   node("flat", "Flatten", {"leaky"}),
                   node("fc", "Gemm", {"flat", "v"}, {{"transB", std::int64_t{1}}})},
         .parameters = {{"w", sketch::ramp({3, 2, 3, 3})},
                        {"six", sketch::floats({}, {6.0F})},
                        {"v", sketch::ramp({4, 27})}}});
    const Result<Network> read = read_back(network);
    ASSERT_TRUE(read) << to_string(read.error());
    EXPECT_EQ(*read, network);
}

TEST(NetworkFiles, RefuseBytesThatTheShapesDoNotFill) {
    const Network network = find_topology("lenet5")->build({.input_shape = {kBatch, 1, 28, 28}});
    const std::string bytes = parameter_bytes(network);
    const Document document = to_document(network);
    const Result<Network> shorter = parse_network(document, bytes.substr(4), "n.json");
    ASSERT_FALSE(shorter);
    EXPECT_NE(to_string(shorter.error()).find("n.json: parameter '"), std::string::npos);
    const Result<Network> longer = parse_network(document, bytes + "1234", "n.json");
    ASSERT_FALSE(longer);
    EXPECT_EQ(to_string(longer.error()),
              "n.json: parameters: found 4 bytes too many, expected values of parameters and nothing else");
}

TEST(NetworkFiles, RefuseANetworkThatIsNone) {
    Network network = find_topology("lenet5")->build({.input_shape = {kBatch, 1, 28, 28}});
    network.nodes[1].type = "Rely";
    const Result<Network> read = read_back(network);
    ASSERT_FALSE(read);
    EXPECT_NE(to_string(read.error()).find("Rely"), std::string::npos);
}

} // namespace
} // namespace tandem
