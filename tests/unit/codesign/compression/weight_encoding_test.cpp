#include "tandem/codesign/compression/weight_encoding.h"

#include <gtest/gtest.h>

#include "tandem/codesign/compression/group_pruning.h"
#include "tandem/network/topologies/topologies.h"

namespace tandem {
namespace {

Network small_resnet() {
    return find_topology("resnet8")->build({.input_shape = {kBatch, 1, 28, 28}, .classes = 10});
}

TEST(WeightEncoding, CountsAByteAWeightAndFourInFloat) {
    const Network network = small_resnet();
    std::int64_t weights = 0;
    for (const Node* layer : layers(network)) {
        weights += elements_per_sample(network.parameter(layer->inputs[1])->shape);
    }
    const WeightEncoding encoding = weight_encoding(network);
    EXPECT_EQ(encoding.eight_bits, Bytes(weights));
    EXPECT_EQ(encoding.float32, Bytes(4 * weights));
    EXPECT_EQ(encoded_bytes(network), encoding.optimal);
    EXPECT_DOUBLE_EQ(encoding.compression(), encoding.float32.ratio_to(encoding.optimal));
}

TEST(WeightEncoding, SparseWeightsTakeLessAndGroupsLessStill) {
    const Network network = small_resnet();
    const WeightEncoding dense = weight_encoding(network);
    const WeightEncoding scattered = weight_encoding(masked(network, prune_groups(network, 1, 0.8)));
    const WeightEncoding grouped = weight_encoding(masked(network, prune_groups(network, 8, 0.8)));
    EXPECT_GE(scattered.sparsity, 0.8);
    EXPECT_LT(scattered.optimal, dense.optimal);
    EXPECT_LT(grouped.optimal, scattered.optimal);
    EXPECT_LE(grouped.optimal, grouped.standard);
}

TEST(WeightEncoding, InputChannelsAreInnermost) {
    const Node conv{.name = "conv", .type = "Conv", .inputs = {}, .outputs = {}, .attributes = {}};
    EXPECT_EQ(channel_last_order(conv, {2, 2, 1, 3}),
              (std::vector<std::size_t>{0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11}));
    const Node dense{.name = "dense", .type = "Gemm", .inputs = {}, .outputs = {}, .attributes = {}};
    EXPECT_EQ(channel_last_order(dense, {2, 2}), (std::vector<std::size_t>{0, 1, 2, 3}));
}

} // namespace
} // namespace tandem
