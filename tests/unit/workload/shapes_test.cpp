#include "tandem/workload/shapes.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

std::string refusal(const std::string& text) {
    const auto work = parse_layer_shape(text, "--layer");
    return work ? "accepted" : to_string(work.error());
}

TEST(LayerShape, IsReadFromWords) {
    const LayerWork work =
        parse_layer_shape("N=2 K=64 C=3  OY=112 OX=112 FY=7 FX=7 SY=2 SX=2 G=4 DX=3 PT=3 PB=2 PL=1",
                          "--layer")
            .value();
    EXPECT_EQ(work.extents, (std::array<std::int64_t, 7>{2, 64, 3, 112, 112, 7, 7}));
    EXPECT_EQ(work.groups, 4);
    EXPECT_EQ(work.strides, (std::array<std::int64_t, 2>{2, 2}));
    EXPECT_EQ(work.dilations, (std::array<std::int64_t, 2>{1, 3}));
    EXPECT_EQ(work.pads, (std::array<std::int64_t, 2>{5, 1}));
    EXPECT_EQ(work.weight_bits, kMaximumBits);
}

TEST(LayerShape, NamesEverythingThatIsWrong) {
    EXPECT_EQ(refusal(""), "--layer: layer: found nothing, expected words KEY=value");
    EXPECT_EQ(
        refusal("K=0 C=x OZ=3 K=4 7"),
        "--layer: K: found '0', expected an integer from 1 to 2147483647\n"
        "--layer: C: found 'x', expected an integer from 1 to 2147483647\n"
        "--layer: OZ: found an unknown key, expected one of N K C OY OX FY FX G SY SX DY DX PT PB PL PR\n"
        "--layer: 7: found no value, expected KEY=value");
    EXPECT_EQ(refusal("K=4 K=5"), "--layer: K: found a second value, expected one");
    EXPECT_EQ(refusal("OY=3 PT=2 PB=1"),
              "--layer: PT + PB: found 3, expected less than 3, so that some input is left");
}

TEST(LayerTable, HasALayerALine) {
    const auto layers =
        parse_layer_table("# two layers\nname,K,C,SY\nfirst,4,2,\nsecond,1, 3 ,2\n", "t.csv").value();
    ASSERT_EQ(layers.size(), 2U);
    EXPECT_EQ(layers[0].layer, "first");
    EXPECT_EQ(layers[0].work.extent(Dimension::k), 4);
    EXPECT_EQ(layers[1].work.extent(Dimension::c), 3);
    EXPECT_EQ(layers[1].work.strides[0], 2);
}

TEST(LayerTable, NamesTheLineOfAProblem) {
    const auto layers = parse_layer_table("K,C\n1,2\n3\n-1,2\n", "t.csv");
    ASSERT_FALSE(layers.has_value());
    EXPECT_EQ(to_string(layers.error()),
              "t.csv: line 3: cells: found 1, expected 2\n"
              "t.csv: line 4: K: found '-1', expected an integer from 1 to 2147483647");
    EXPECT_EQ(to_string(parse_layer_table("K,C\n", "t.csv").error()),
              "t.csv: found no layers, expected a line of keys, then layers");
}

} // namespace
} // namespace tandem
