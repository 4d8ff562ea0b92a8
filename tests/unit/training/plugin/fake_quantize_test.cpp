#include "tandem/training/plugin/fake_quantize.h"

#include <vector>

#include <gtest/gtest.h>
#include <torch/csrc/autograd/autograd.h>

namespace tandem {
namespace {

using torch::Tensor;

Tensor vector_of(std::vector<float> values) { return torch::tensor(values).requires_grad_(); }
Tensor one_step(float value) { return torch::tensor(value).requires_grad_(); }

/// Result and gradients of a weighted sum of it, so that no two elements weigh alike.
struct Outcome {
    Tensor result;
    Tensor of_values;
    Tensor of_step;
};
Outcome outcome(const Tensor& values, const Tensor& step, const FakeQuantizer& quantizer, bool is_plain) {
    const Tensor result =
        is_plain ? fake_quantize_plainly(values, step, quantizer) : fake_quantize(values, step, quantizer);
    const Tensor weights = torch::linspace(-1.0, 2.0, values.numel()).reshape(values.sizes());
    const std::vector<Tensor> gradients =
        torch::autograd::grad({(result.to(torch::kFloat32) * weights).sum()}, {values, step}, {}, {}, false,
                              /*allow_unused=*/true);
    return {.result = result.detach(), .of_values = gradients[0], .of_step = gradients[1]};
}

TEST(FakeQuantize, GivesTheGradientsOfLsq) {
    // By a step of 0.5: 0.3 -> 0.6 -> 1, 0.75 -> 1.5 -> 2 (to even), 2.5 -> 5 -> 3, -0.4 -> -0.8 -> 0.
    const Tensor values = vector_of({0.3F, 0.75F, 2.5F, -0.4F});
    const Tensor step = one_step(0.5F);
    const FakeQuantizer quantizer{
        .lowest = 0.0F, .highest = 3.0F, .gradient = StepGradient::learned, .gradient_scale = 0.25};
    const Tensor result = fake_quantize(values, step, quantizer);
    EXPECT_TRUE(result.equal(torch::tensor({0.5F, 1.0F, 1.5F, 0.0F}))) << result;
    result.sum().backward();
    EXPECT_TRUE(values.grad().equal(torch::tensor({1.0F, 1.0F, 0.0F, 0.0F}))) << values.grad();
    // (1 - 0.6) + (2 - 1.5) + 3 + 0, a quarter of it.
    EXPECT_NEAR(step.grad().item<float>(), 0.975, 1e-6);
}

TEST(FakeQuantize, GivesTheGradientsOfPact) {
    const Tensor values = vector_of({0.3F, 0.75F, 2.5F, -0.4F});
    const Tensor step = one_step(0.5F);
    const FakeQuantizer quantizer{
        .lowest = 0.0F, .highest = 3.0F, .gradient = StepGradient::clipped, .gradient_scale = 1.0};
    fake_quantize(values, step, quantizer).sum().backward();
    EXPECT_TRUE(values.grad().equal(torch::tensor({1.0F, 1.0F, 0.0F, 0.0F}))) << values.grad();
    EXPECT_NEAR(step.grad().item<float>(), 3.0, 1e-6); // of what saturates alone
}

TEST(FakeQuantize, TakesTheSignOfBipolarValues) {
    const Tensor values = vector_of({-2.0F, -0.1F, 0.0F, 0.5F});
    const Tensor result = fake_quantize(values, torch::tensor(1.0F), {.is_bipolar = true});
    EXPECT_TRUE(result.equal(torch::tensor({-1.0F, -1.0F, 1.0F, 1.0F})));
    result.sum().backward();
    EXPECT_TRUE(values.grad().equal(torch::tensor({0.0F, 1.0F, 1.0F, 1.0F}))) << values.grad();
}

TEST(FakeQuantize, InOnePassEqualsTheChainOfOperators) {
    torch::manual_seed(1);
    for (const StepGradient gradient : {StepGradient::none, StepGradient::learned, StepGradient::clipped}) {
        for (const auto& [lowest, highest] :
             {std::pair{-8.0F, 7.0F}, {0.0F, 15.0F}, {-32768.0F, 32767.0F}, {-1.0F, 1.0F}}) {
            // Channels innermost, and a number of values that fills no vector.
            const Tensor values = torch::randn({3, 7, 5, 9}).contiguous(torch::MemoryFormat::ChannelsLast);
            const Tensor leaf = values.detach().requires_grad_();
            const Tensor step = one_step(0.17F);
            const FakeQuantizer quantizer{
                .lowest = lowest, .highest = highest, .gradient = gradient, .gradient_scale = 0.01};
            const Outcome fused = outcome(leaf, step, quantizer, false);
            const Outcome plain = outcome(leaf, step, quantizer, true);
            EXPECT_TRUE(torch::allclose(fused.result, plain.result, 1e-5, 1e-6)) << highest;
            EXPECT_TRUE(torch::allclose(fused.of_values, plain.of_values, 1e-5, 1e-6)) << highest;
            if (gradient == StepGradient::none) continue;
            EXPECT_TRUE(torch::allclose(fused.of_step, plain.of_step, 1e-3, 1e-4))
                << highest << ": " << fused.of_step.item<float>() << ", " << plain.of_step.item<float>();
        }
    }
}

TEST(FakeQuantize, WithAStepARowEqualsEachRowByItself) {
    torch::manual_seed(2);
    const FakeQuantizer quantizer{
        .lowest = -4.0F, .highest = 3.0F, .gradient = StepGradient::learned, .gradient_scale = 0.1};
    const Tensor steps = torch::tensor({0.1F, 0.3F, 0.5F}).requires_grad_();
    const Tensor images = torch::randn({3, 7, 5, 9}).contiguous(torch::MemoryFormat::ChannelsLast);
    const Tensor columns = torch::randn({11, 3}).t(); // a row's values do not lie side by side
    for (const Tensor& values : {images, columns}) {
        const Tensor leaf = values.detach().requires_grad_();
        const Outcome fused = outcome(leaf, steps, quantizer, false);
        const Outcome plain = outcome(leaf, steps, quantizer, true);
        EXPECT_TRUE(torch::allclose(fused.result, plain.result, 1e-5, 1e-6));
        EXPECT_TRUE(torch::allclose(fused.of_values, plain.of_values, 1e-5, 1e-6));
        EXPECT_TRUE(torch::allclose(fused.of_step, plain.of_step, 1e-3, 1e-4)) << fused.of_step;
        for (std::int64_t row = 0; row < 3; ++row) {
            const Tensor alone = fake_quantize(values[row], steps[row], quantizer);
            EXPECT_TRUE(alone.equal(fused.result[row])) << row;
        }
    }
}

TEST(FakeQuantize, KeepsBfloat16) {
    const Tensor values = torch::randn({4, 33}).to(torch::kBFloat16).requires_grad_();
    const Tensor step = one_step(0.25F);
    const FakeQuantizer quantizer{
        .lowest = -8.0F, .highest = 7.0F, .gradient = StepGradient::learned, .gradient_scale = 1.0};
    const Tensor result = fake_quantize(values, step, quantizer);
    EXPECT_EQ(result.scalar_type(), torch::kBFloat16);
    // Quarters up to 2 are bfloat16 numbers.
    EXPECT_TRUE(result.to(torch::kFloat32).equal(fake_quantize(values.to(torch::kFloat32), step, quantizer)));
    result.to(torch::kFloat32).sum().backward();
    EXPECT_EQ(values.grad().scalar_type(), torch::kBFloat16);
}

} // namespace
} // namespace tandem
