#include <gtest/gtest.h>

#include "tandem/network/operators/operators.h"
#include "unit/network/sketch.h"

namespace tandem {
namespace {

using sketch::node;
using sketch::ramp;

sketch::Sketch gemm(Shape weights, std::map<std::string, Attribute> attributes = {}) {
    return {.input = {kBatch, 6},
            .nodes = {node("fc", "Gemm", {"input", "w"}, std::move(attributes))},
            .parameters = {{"w", ramp(std::move(weights))}}};
}

TEST(Gemm, ReadsWeightsEitherWayRound) {
    EXPECT_EQ(sketch::output_shape(gemm({6, 3})), "Nx3");
    const Network network = sketch::drawn(gemm({3, 6}, {{"transB", std::int64_t{1}}}));
    EXPECT_EQ(network.shape("fc"), (Shape{kBatch, 3}));
    EXPECT_TRUE(gemm_attributes(network.nodes[0]).transposes_weights);
    EXPECT_EQ(sketch::output_shape(gemm({3, 6})),
              "net: node 'fc', input 1 ('w'): found weights for 3 inputs, expected 6");
}

TEST(Gemm, RefusesScaleFactorsAndATransposedActivation) {
    EXPECT_EQ(sketch::output_shape(gemm({6, 3}, {{"alpha", 0.5F}})),
              "net: node 'fc', alpha: found 0.5, expected 1");
    EXPECT_EQ(sketch::output_shape(gemm({6, 3}, {{"beta", 2.0F}})),
              "net: node 'fc', beta: found 2, expected 1");
    EXPECT_EQ(sketch::output_shape(gemm({6, 3}, {{"transA", std::int64_t{1}}})),
              "net: node 'fc', transA: found 1, expected 0");
    EXPECT_EQ(sketch::output_shape(gemm({6, 3}, {{"transB", std::int64_t{2}}})),
              "net: node 'fc', transB: found 2, expected 0 or 1");
}

TEST(Gemm, TakesEveryBiasThatBroadcasts) {
    const auto with_bias = [](Shape shape) {
        sketch::Sketch sketch = gemm({6, 3});
        sketch.nodes[0].inputs.push_back("b");
        sketch.parameters["b"] = ramp(std::move(shape));
        return sketch::output_shape(sketch);
    };
    for (const Shape& shape : {Shape{3}, Shape{1, 3}, Shape{1}, Shape{1, 1}, Shape{}}) {
        EXPECT_EQ(with_bias(shape), "Nx3");
    }
    EXPECT_EQ(with_bias({2}), "net: node 'fc', input 2 ('b'): found shape 2, expected 3");
}

TEST(Gemm, WantsVectorsAndAMatrix) {
    EXPECT_EQ(sketch::output_shape(gemm({6, 3, 1})),
              "net: node 'fc', input 1 ('w'): found shape 6x3x1, expected two dimensions");
    sketch::Sketch image = gemm({6, 3});
    image.input = {kBatch, 6, 1, 1};
    EXPECT_EQ(sketch::output_shape(image),
              "net: node 'fc', input 0 ('input'): found shape Nx6x1x1, expected (batch, inputs)");
}

} // namespace
} // namespace tandem
