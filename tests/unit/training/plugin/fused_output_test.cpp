#include "tandem/training/plugin/fused_output.h"

#include <limits>
#include <vector>

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

namespace tandem {
namespace {

using torch::Tensor;

constexpr std::int64_t kChannels = 5; // which fill no vector

Tensor leaf(const Tensor& values) { return values.detach().clone().requires_grad_(); }

/// A result and the gradients of a sum of it in which no two elements weigh alike.
std::vector<Tensor> outcome(const Tensor& result, const std::vector<Tensor>& inputs) {
    const Tensor weights = torch::linspace(-1.0, 2.0, result.numel())
                               .reshape(result.sizes())
                               .contiguous(torch::MemoryFormat::ChannelsLast);
    std::vector<Tensor> found = torch::autograd::grad({(result.to(torch::kFloat32) * weights).sum()}, inputs,
                                                      {}, {}, false, /*allow_unused=*/true);
    found.insert(found.begin(), result.detach().to(torch::kFloat32));
    return found;
}

void expect_alike(const std::vector<Tensor>& ours, const std::vector<Tensor>& theirs, double tolerance) {
    ASSERT_EQ(ours.size(), theirs.size());
    for (std::size_t i = 0; i < ours.size(); ++i) {
        ASSERT_EQ(ours[i].defined(), theirs[i].defined()) << i;
        if (!ours[i].defined()) continue;
        const double scale = 1.0 + theirs[i].abs().max().item<double>();
        const double difference = (ours[i] - theirs[i]).abs().max().item<double>();
        EXPECT_LT(difference, tolerance * scale) << "result or gradient " << i;
    }
}

/// Whether a Relu or a Clip follows, and how it rounds: the step lies off the grid of the inputs, so that no
/// tie depends on the last bit.
std::vector<OutputTail> tails(const Tensor& step) {
    std::vector<OutputTail> all{{}, {.is_rectified = true}, {.floor = -0.3F, .ceiling = 0.9F}};
    for (const StepGradient gradient : {StepGradient::none, StepGradient::learned, StepGradient::clipped}) {
        for (const float lowest : {-8.0F, 0.0F}) {
            const FakeQuantizer quantizer{
                .lowest = lowest, .highest = 7.0F, .gradient = gradient, .gradient_scale = 0.01};
            const StoredRounding rounding{.quantizer = quantizer, .step = step};
            all.push_back({.rounding = rounding});
            all.push_back({.is_rectified = true, .rounding = rounding});
            all.push_back({.floor = -0.5F, .rounding = rounding});
            all.push_back({.floor = 0.0F, .ceiling = 0.9F, .rounding = rounding});
        }
    }
    return all;
}

struct Batch {
    Tensor values;
    Tensor scale = torch::linspace(0.5, 1.5, kChannels).requires_grad_();
    Tensor shift = torch::linspace(-0.4, 0.3, kChannels).requires_grad_();
    Tensor step = torch::tensor(0.17F).requires_grad_();

    explicit Batch(std::int64_t images) {
        torch::manual_seed(3);
        // Channels far from zero as well: differences of large squares would show.
        const Tensor means = torch::linspace(-2.0, 30.0, kChannels).reshape({1, kChannels, 1, 1});
        values = leaf((torch::randn({images, kChannels, 6, 7}) * 1.7 + means)
                          .contiguous(torch::MemoryFormat::ChannelsLast));
    }

    ChannelNormalization normalization() const {
        return {.scale = scale,
                .shift = shift,
                .running_mean = torch::linspace(-1.0, 20.0, kChannels),
                .running_variance = torch::linspace(0.5, 2.0, kChannels),
                .share = 0.25,
                .epsilon = 1e-3};
    }
};

TEST(FusedOutput, NormalizesABatchAsTheChainOfOperators) {
    for (const std::int64_t images : {1, 2, 19}) {
        const Batch batch(images);
        for (const OutputTail& tail : tails(batch.step)) {
            const ChannelNormalization ours = batch.normalization();
            const ChannelNormalization theirs = batch.normalization();
            const std::vector<Tensor> inputs{batch.values, batch.scale, batch.shift, batch.step};
            ASSERT_TRUE(suits_fusion(batch.values));
            expect_alike(outcome(normalize_batch(batch.values, ours, tail), inputs),
                         outcome(normalize_plainly(batch.values, theirs, tail, /*is_training=*/true), inputs),
                         2e-4);
            EXPECT_TRUE(torch::allclose(ours.running_mean, theirs.running_mean, 1e-5, 1e-5));
            EXPECT_TRUE(torch::allclose(ours.running_variance, theirs.running_variance, 1e-4, 1e-5));
        }
    }
}

TEST(FusedOutput, AddsAsTheChainOfOperators) {
    torch::manual_seed(4);
    const Tensor left = leaf(torch::randn({3, 7, 5, 9}).contiguous(torch::MemoryFormat::ChannelsLast));
    const Tensor right = leaf(torch::randn({3, 7, 5, 9}).contiguous(torch::MemoryFormat::ChannelsLast));
    const Tensor step = torch::tensor(0.17F).requires_grad_();
    for (const OutputTail& tail : tails(step)) {
        ASSERT_TRUE(suits_fusion(left, right));
        expect_alike(outcome(add(left, right, tail), {left, right, step}),
                     outcome(add_plainly(left, right, tail), {left, right, step}), 1e-5);
    }
}

TEST(FusedOutput, KeepsBfloat16AndComputesInFloat) {
    const Batch batch(4);
    const Tensor narrow = leaf(batch.values.to(torch::kBFloat16));
    const Tensor wide = leaf(narrow.detach().to(torch::kFloat32));
    const OutputTail tail{.is_rectified = true};
    const Tensor result = normalize_batch(narrow, batch.normalization(), tail);
    EXPECT_EQ(result.scalar_type(), torch::kBFloat16);
    // Results and gradients of values round to 8 bits; those of scale and shift are sums of floats.
    expect_alike(
        outcome(result, {narrow, batch.scale, batch.shift}),
        outcome(normalize_batch(wide, batch.normalization(), tail), {wide, batch.scale, batch.shift}), 8e-3);
    EXPECT_EQ(add(narrow, narrow, tail).scalar_type(), torch::kBFloat16);
}

TEST(FusedOutput, TakesTheGradientsOfOtherLayouts) {
    const Batch batch(2);
    const Tensor result = normalize_batch(batch.values, batch.normalization(), {.is_rectified = true});
    const Tensor weights =
        torch::linspace(0.0, 1.0, result.numel()).reshape(result.sizes()); // channels outermost
    const Tensor found = torch::autograd::grad({result}, {batch.values}, {weights}).front();
    const Tensor expected = torch::autograd::grad({normalize_plainly(batch.values, batch.normalization(),
                                                                     {.is_rectified = true}, true)},
                                                  {batch.values}, {weights})
                                .front();
    EXPECT_TRUE(torch::allclose(found, expected, 1e-3, 1e-5));
}

TEST(FusedOutput, KeepsWhatIsNoNumber) {
    Batch batch(2);
    batch.values.detach().index_put_({0, 0, 0, 0}, std::numeric_limits<float>::quiet_NaN());
    for (const OutputTail& tail : tails(batch.step)) {
        const Tensor result = normalize_batch(batch.values, batch.normalization(), tail);
        EXPECT_TRUE(result.isnan().any().item<bool>());
        EXPECT_TRUE(add(batch.values, batch.values, tail).isnan().any().item<bool>());
    }
}

TEST(FusedOutput, LeavesWhatItDoesNotSuitToTheChain) {
    EXPECT_FALSE(suits_fusion(torch::zeros({4, 5})));
    EXPECT_FALSE(suits_fusion(torch::zeros({4, 5, 6, 7})));
    EXPECT_FALSE(suits_fusion(
        torch::zeros({4, 5, 6, 7}, torch::kFloat64).contiguous(torch::MemoryFormat::ChannelsLast)));
    EXPECT_FALSE(suits_fusion(torch::zeros({4, 5}), torch::zeros({1, 5})));
    EXPECT_FALSE(suits_fusion(torch::zeros({4, 5}), torch::zeros({4, 5}, torch::kBFloat16)));
    EXPECT_TRUE(suits_fusion(torch::zeros({4, 5}), torch::zeros({4, 5})));
}

} // namespace
} // namespace tandem
