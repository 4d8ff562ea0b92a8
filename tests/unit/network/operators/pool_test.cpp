#include <gtest/gtest.h>

#include "tandem/network/operators/operators.h"
#include "unit/network/sketch.h"

namespace tandem {
namespace {

using sketch::List;
using sketch::node;
using Pair = std::array<std::int64_t, 2>;

sketch::Sketch pool(std::map<std::string, Attribute> attributes, const std::string& type = "MaxPool") {
    attributes.emplace("kernel_shape", List{3, 3});
    return {.input = {kBatch, 2, 6, 6}, .nodes = {node("pool", type, {"input"}, std::move(attributes))}};
}

PoolAttributes attributes_of(const sketch::Sketch& sketch) {
    const Network network = sketch::drawn(sketch);
    return pool_attributes(network.nodes[0], network);
}

TEST(Pool, WantsAKernel) {
    EXPECT_EQ(
        sketch::output_shape({.input = {kBatch, 2, 6, 6}, .nodes = {node("pool", "MaxPool", {"input"})}}),
        "net: node 'pool', kernel_shape: found none, expected two integers");
}

TEST(Pool, RoundsDownUnlessToldOtherwise) {
    EXPECT_EQ(sketch::output_shape(pool({{"strides", List{2, 2}}})), "Nx2x2x2");
    EXPECT_EQ(sketch::output_shape(pool({{"strides", List{2, 2}}, {"ceil_mode", std::int64_t{1}}})),
              "Nx2x3x3");
}

TEST(Pool, TurnsTheOverhangOfCeilModeIntoPadding) {
    const PoolAttributes attributes =
        attributes_of(pool({{"strides", List{2, 2}}, {"ceil_mode", std::int64_t{1}}}));
    EXPECT_TRUE(attributes.rounds_up);
    EXPECT_EQ(attributes.window.pads_end, (Pair{1, 1}));
}

TEST(Pool, RefusesWindowsThatSeePaddingAlone) {
    const std::string expected =
        "net: node 'pool', pads: found a window that sees padding alone, expected less padding than the "
        "window spans";
    EXPECT_EQ(sketch::output_shape(pool({{"pads", List{3, 0, 0, 0}}})), expected);
    EXPECT_EQ(sketch::output_shape(pool({{"pads", List{0, 0, 0, 3}}})), expected);
    EXPECT_EQ(sketch::output_shape(pool({{"pads", List{2, 2, 2, 2}}})), "Nx2x8x8");
    // Two taps 7 apart over 6 rows, from row -1: they touch rows -1 and 6.
    EXPECT_EQ(sketch::output_shape(pool(
                  {{"kernel_shape", List{2, 2}}, {"dilations", List{7, 1}}, {"pads", List{1, 0, 1, 0}}})),
              expected);
    EXPECT_EQ(sketch::output_shape(pool({{"kernel_shape", List{1, 1}},
                                         {"strides", List{5, 5}},
                                         {"pads", List{0, 0, 1, 1}},
                                         {"ceil_mode", std::int64_t{1}}})),
              "net: node 'pool', ceil_mode: found 1 where the last window sees padding alone, expected 0, or "
              "less padding");
}

TEST(Pool, CountsPaddingOnRequest) {
    EXPECT_TRUE(attributes_of(pool({{"count_include_pad", std::int64_t{1}}}, "AveragePool")).counts_padding);
    EXPECT_FALSE(attributes_of(pool({}, "AveragePool")).counts_padding);
    EXPECT_EQ(
        sketch::output_shape(pool(
            {{"count_include_pad", std::int64_t{1}}, {"ceil_mode", std::int64_t{1}}, {"strides", List{2, 2}}},
            "AveragePool")),
        "net: node 'pool', count_include_pad: found 1 where ceil_mode lets a window hang over, expected 0");
    EXPECT_EQ(sketch::output_shape(pool({{"count_include_pad", std::int64_t{1}}})),
              "net: node 'pool': found attribute 'count_include_pad', expected auto_pad, ceil_mode, "
              "dilations, kernel_shape, pads, storage_order, strides");
}

} // namespace
} // namespace tandem
