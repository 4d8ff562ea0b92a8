#include <gtest/gtest.h>

#include "tandem/network/operators/operators.h"
#include "unit/network/sketch.h"

namespace tandem {
namespace {

using sketch::floats;

sketch::Sketch normalized() {
    sketch::Sketch sketch{.input = {kBatch, 3, 4, 4}, .nodes = {sketch::normalization("bn", "input")}};
    sketch::add_normalization(sketch.parameters, "bn", 3);
    return sketch;
}

TEST(BatchNormalization, KeepsTheShape) { EXPECT_EQ(sketch::output_shape(normalized()), "Nx3x4x4"); }

TEST(BatchNormalization, HasTheEpsilonOfOnnxWhereNoneIsGiven) {
    EXPECT_EQ(normalization_epsilon(sketch::drawn(normalized()).nodes[0]), 1e-5F);
}

TEST(BatchNormalization, WantsOneNumberAChannel) {
    sketch::Sketch sketch = normalized();
    sketch.parameters["bn.mean"] = sketch::ramp({2});
    EXPECT_EQ(sketch::output_shape(sketch), "net: node 'bn', input 3 ('bn.mean'): found shape 2, expected 3");
}

TEST(BatchNormalization, RefusesAVarianceWithoutARoot) {
    sketch::Sketch sketch = normalized();
    sketch.parameters["bn.variance"] = floats({3}, {1.0F, -2.0F, 1.0F});
    EXPECT_EQ(sketch::output_shape(sketch), "net: node 'bn', input 4 ('bn.variance'): found variance -2 in "
                                            "channel 1, expected more than minus epsilon");
}

TEST(BatchNormalization, RefusesTrainingAndBadEpsilons) {
    const auto with = [](const std::string& name, Attribute value) {
        sketch::Sketch sketch = normalized();
        sketch.nodes[0].attributes[name] = std::move(value);
        return sketch::output_shape(sketch);
    };
    EXPECT_EQ(with("training_mode", std::int64_t{1}), "net: node 'bn', training_mode: found 1, expected 0");
    EXPECT_EQ(with("spatial", std::int64_t{0}), "net: node 'bn', spatial: found 0, expected 1");
    EXPECT_EQ(with("epsilon", -1.0F), "net: node 'bn', epsilon: found -1, expected a number of at least 0");
}

} // namespace
} // namespace tandem
