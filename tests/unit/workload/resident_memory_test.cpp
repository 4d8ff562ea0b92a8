#include "tandem/workload/resident_memory.h"

#include <gtest/gtest.h>

#include "tandem/core/check.h"

namespace tandem {
namespace {

Parameter zeros(Shape shape) {
    const auto count = static_cast<std::size_t>(elements_per_sample(shape));
    return Parameter{.shape = std::move(shape), .values = std::vector<float>(count)};
}

/// A grouped convolution of 4x6x6 to 6x6x6, its Relu, and a dense layer.
Network grouped() {
    Network network;
    network.name = "grouped";
    network.inputs = {"image"};
    network.outputs = {"scores"};
    network.shapes["image"] = {kBatch, 4, 6, 6};
    network.parameters["a.weight"] = zeros({6, 2, 3, 3});
    network.parameters["a.bias"] = zeros({6});
    network.parameters["c.weight"] = zeros({5, 216});
    const std::vector<std::int64_t> pads{1, 1, 1, 1};
    network.nodes = {
        {"a", "Conv", {"image", "a.weight", "a.bias"}, {"a"}, {{"group", std::int64_t{2}}, {"pads", pads}}},
        {"relu", "Relu", {"a"}, {"relu"}, {}},
        {"flat", "Flatten", {"relu"}, {"flat"}, {}},
        {"c", "Gemm", {"flat", "c.weight"}, {"scores"}, {{"transB", std::int64_t{1}}}}};
    return infer_shapes(std::move(network), "grouped").value();
}

TEST(ResidentElements, AddParametersTheLargestLayerAndTheLargestBuffer) {
    const ResidentElements elements = resident_elements(grouped());
    EXPECT_EQ(elements.parameters, 6 * 18 + 6 + 5 * 216);
    EXPECT_EQ(elements.activations, 216 + 216); // the Relu; the convolution has 144 + 216
    EXPECT_EQ(elements.buffer, 2 * 216);        // the dense layer; the convolution has 4 * 3 * 3 * 2
    EXPECT_EQ(elements.total(), 1194 + 432 + 432);
}

TEST(ResidentKibibytes, RoundUp) {
    EXPECT_EQ(resident_kibibytes({.parameters = 8192}, 1), 1);
    EXPECT_EQ(resident_kibibytes({.parameters = 8193}, 1), 2);
    // The 3-convolution network for CIFAR-10 at 2 to 7 bits, as published.
    const ResidentElements cifar{.parameters = 89'578, .activations = 40'960, .buffer = 3'200};
    const std::vector<std::int64_t> published{33, 49, 66, 82, 98, 115};
    for (int bits = 2; bits <= 7; ++bits) {
        EXPECT_EQ(resident_kibibytes(cifar, bits), published[static_cast<std::size_t>(bits - 2)]);
    }
    EXPECT_THROW(static_cast<void>(resident_kibibytes(cifar, 17)), InternalError);
}

} // namespace
} // namespace tandem
