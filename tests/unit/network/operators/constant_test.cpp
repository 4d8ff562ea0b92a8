#include <gtest/gtest.h>

#include "unit/network/sketch.h"

namespace tandem {
namespace {

using sketch::List;
using sketch::node;

/// The shape of the constant, or the refusal.
std::string constant(std::map<std::string, Attribute> attributes, std::int64_t opset = 13) {
    const Result<Network> network =
        infer_shapes(sketch::unchecked({.input = {kBatch, 4},
                                        .nodes = {node("c", "Constant", {}, std::move(attributes)),
                                                  node("out", "Relu", {"input"})},
                                        .opset = opset}),
                     "net");
    return network ? to_string(network->shape("c")) : to_string(network.error());
}

TEST(Constant, HasTheShapeOfItsValue) {
    EXPECT_EQ(constant({{"value_float", 1.0F}}), "scalar");
    EXPECT_EQ(constant({{"value_int", std::int64_t{1}}}), "scalar");
    EXPECT_EQ(constant({{"value_floats", std::vector<float>{1.0F, 2.0F}}}), "2");
    EXPECT_EQ(constant({{"value_ints", List{1, 2, 3}}}), "3");
}

TEST(Constant, WantsOneValueOfTheTypeItsNameSays) {
    EXPECT_EQ(constant({}), "net: node 'c': found 0 values, expected one");
    EXPECT_EQ(constant({{"value_float", 1.0F}, {"value_int", std::int64_t{1}}}),
              "net: node 'c': found 2 values, expected one");
    EXPECT_EQ(constant({{"value_float", std::int64_t{1}}}),
              "net: node 'c', value_float: found an integer, expected a number");
    EXPECT_EQ(constant({{"value_ints", List{}}}),
              "net: node 'c': found an empty list, expected at least one number");
    EXPECT_EQ(constant({{"value_float", 1.0F}}, 11), "net: node 'c': found opset 11, expected 12 or later");
}

} // namespace
} // namespace tandem
