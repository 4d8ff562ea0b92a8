// Windows, seen through the convolutions that have them.
#include <gtest/gtest.h>

#include "tandem/network/operators/operators.h"
#include "unit/network/sketch.h"

namespace tandem {
namespace {

using sketch::List;
using sketch::node;
using Pair = std::array<std::int64_t, 2>;

sketch::Sketch conv(std::map<std::string, Attribute> attributes, Shape input = {kBatch, 1, 7, 8}) {
    return {.input = std::move(input),
            .nodes = {node("conv", "Conv", {"input", "w"}, std::move(attributes))},
            .parameters = {{"w", sketch::ramp({1, 1, 3, 3})}}};
}

Window window_of(const sketch::Sketch& sketch) {
    const Network network = sketch::drawn(sketch);
    return conv_attributes(network.nodes[0], network).window;
}

TEST(Window, HasTheDefaultsOfOnnx) { EXPECT_EQ(window_of(conv({})), (Window{.kernel = {3, 3}})); }

TEST(Window, KeepsBeginAndEndApart) {
    const Window window = window_of(conv({{"pads", List{1, 2, 0, 1}}}));
    EXPECT_EQ(window.pads_begin, (Pair{1, 2}));
    EXPECT_EQ(window.pads_end, (Pair{0, 1}));
}

TEST(Window, ResolvesAutoPadAgainstTheInput) {
    // Rows: 7 / 2 rounds up to 4 outputs, which span 3 * 2 + 3 = 9: pads of 2. Columns: 8 / 2 = 4: 1.
    const auto same = [](const std::string& mode) {
        return conv({{"auto_pad", mode}, {"strides", List{2, 2}}});
    };
    EXPECT_EQ(window_of(same("SAME_UPPER")).pads_begin, (Pair{1, 0}));
    EXPECT_EQ(window_of(same("SAME_UPPER")).pads_end, (Pair{1, 1}));
    EXPECT_EQ(window_of(same("SAME_LOWER")).pads_begin, (Pair{1, 1}));
    EXPECT_EQ(window_of(same("SAME_LOWER")).pads_end, (Pair{1, 0}));
    EXPECT_EQ(sketch::output_shape(same("SAME_UPPER")), "Nx1x4x4");
    EXPECT_EQ(sketch::output_shape(same("VALID")), "Nx1x3x3");
}

TEST(Window, RefusesAutoPadBesidePads) {
    EXPECT_EQ(sketch::output_shape(conv({{"auto_pad", std::string("VALID")}, {"pads", List{1, 1, 1, 1}}})),
              "net: node 'conv', pads: found [1, 1, 1, 1] beside auto_pad VALID, expected one of the two");
    EXPECT_EQ(sketch::output_shape(conv({{"auto_pad", std::string("SAME")}})),
              "net: node 'conv', auto_pad: found 'SAME', expected NOTSET, VALID, SAME_UPPER or SAME_LOWER");
}

TEST(Window, RefusesNumbersOutOfRange) {
    const auto refused = [](const std::string& name, List value) {
        return sketch::output_shape(conv({{name, std::move(value)}}));
    };
    EXPECT_EQ(refused("strides", {0, 1}),
              "net: node 'conv', strides: found [0, 1], expected 2 integers from 1 to 65536 (two spatial "
              "dimensions)");
    EXPECT_EQ(refused("dilations", {1, std::int64_t{1} << 62}),
              "net: node 'conv', dilations: found [1, 4611686018427387904], expected 2 integers from 1 to "
              "65536 (two spatial dimensions)");
    EXPECT_EQ(refused("pads", {0, 0, -1, 0}),
              "net: node 'conv', pads: found [0, 0, -1, 0], expected 4 integers from 0 to 65536 (two spatial "
              "dimensions)");
    EXPECT_EQ(refused("strides", {1}),
              "net: node 'conv', strides: found [1], expected 2 integers from 1 to 65536 (two spatial "
              "dimensions)");
    EXPECT_EQ(refused("kernel_shape", {3, 5}),
              "net: node 'conv', kernel_shape: found [3, 5], expected [3, 3], as the weights");
}

TEST(Window, RefusesAWindowLargerThanItsInput) {
    EXPECT_EQ(sketch::output_shape(conv({}, {kBatch, 1, 5, 2})),
              "net: node 'conv': found a window that spans 3 columns over a padded input of 2, expected a "
              "window that fits");
}

} // namespace
} // namespace tandem
