#include "tandem/training/plugin/attacker.h"

#include <set>

#include <gtest/gtest.h>

#include "../../network_builder.h"
#include "tandem/core/parallel.h"

namespace tandem {
namespace {

/// Two pixels, two classes: logits (x - y, 2 y - x).
Network linear_network() {
    NetworkBuilder build({1, 1, 2}, 1);
    const std::string vector = build.add("Flatten", {"input"});
    const std::string weights = build.parameter({2, 2}, {1.0F, -1.0F, -1.0F, 2.0F});
    return build.finish(build.add("Gemm", {vector, weights}, {{"transB", std::int64_t{1}}}));
}

Result<std::vector<float>> attack_linear(const Attack& attack, const std::vector<float>& samples,
                                         const std::vector<std::int32_t>& labels,
                                         const PixelRange& range = {.black = {0.0F}, .white = {1.0F}}) {
    Progress silent;
    const std::atomic<bool> goes_on = false;
    return attack_samples(attack, linear_network(), samples, labels, range, goes_on, silent);
}

TEST(Fgsm, GoesAlongTheSignOfTheGradientAndStaysInRange) {
    // For label 0 the loss grows with logit 1 - logit 0 = 3 y - 2 x: x falls, y rises. For label 1 the other
    // way.
    const Attack attack{.method = "fgsm", .epsilon = 0.25};
    const std::vector<float> found =
        attack_linear(attack, {0.5F, 0.5F, 0.125F, 0.875F, 0.5F, 0.5F}, {0, 0, 1}).value();
    EXPECT_EQ(found, (std::vector<float>{0.25F, 0.75F, 0.0F, 1.0F, 0.75F, 0.25F}));
}

TEST(Fgsm, MeasuresEpsilonInTheRangeOfThePixels) {
    // Pixels from -1 to 3: a quarter of the range is 1.
    const Attack attack{.method = "fgsm", .epsilon = 0.25};
    const PixelRange range{.black = {-1.0F}, .white = {3.0F}};
    EXPECT_EQ(attack_linear(attack, {1.0F, 1.0F}, {0}, range).value(), (std::vector<float>{0.0F, 2.0F}));
}

TEST(Pgd, EndsInTheCornerOfTheBallWhateverItsStart) {
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        const Attack attack{.method = "pgd", .epsilon = 0.25, .steps = 10, .step_size = 0.0, .seed = seed};
        EXPECT_EQ(attack_linear(attack, {0.5F, 0.5F, 0.125F, 0.875F}, {0, 0}).value(),
                  (std::vector<float>{0.25F, 0.75F, 0.0F, 1.0F}));
    }
}

TEST(Pgd, StartsEachImageFromItsOwnStreamOnAnyNumberOfThreads) {
    const Attack attack{.method = "pgd", .epsilon = 0.5, .steps = 1, .step_size = 0.01, .seed = 4};
    const std::vector<float> samples(2 * 250, 0.5F);
    const std::vector<std::int32_t> labels(250, 0);
    const std::vector<float> found = attack_linear(attack, samples, labels).value();
    const ThreadLimit one(1);
    EXPECT_EQ(attack_linear(attack, samples, labels).value(), found);
    EXPECT_NE(found[0], found[2]) << "two images alike start apart";
    Attack other = attack;
    other.seed = 5;
    EXPECT_NE(attack_linear(other, samples, labels).value(), found);
}

TEST(Attack, RefusesAnOperatorWithoutAGradientAndStopsWhenInterrupted) {
    NetworkBuilder build({1, 1, 2}, 1);
    const Network network =
        build.finish(build.add("ArgMax", {build.add("Flatten", {"input"})}, {{"axis", std::int64_t{1}}}));
    Progress silent;
    std::atomic<bool> is_interrupted = false;
    const PixelRange range{.black = {0.0F}, .white = {1.0F}};
    const std::vector<float> sample{0.5F, 0.5F};
    const std::vector<std::int32_t> label{0};
    EXPECT_EQ(attack_samples({}, network, sample, label, range, is_interrupted, silent).error().kind,
              ErrorKind::bad_input);
    is_interrupted = true;
    EXPECT_EQ(attack_samples({}, linear_network(), sample, label, range, is_interrupted, silent).error().kind,
              ErrorKind::interrupted);
}

TEST(FastAdversary, StepsFromARandomStartAndStaysInTheBallAndTheRange) {
    const GraphModule module(linear_network(), torch::kCPU, 1);
    const PixelBounds bounds({.black = {0.0F}, .white = {2.0F}}, torch::kCPU);
    const torch::Tensor images = torch::tensor({1.0F, 1.0F, 0.125F, 1.875F}).reshape({2, 1, 1, 2});
    const torch::Tensor labels = torch::tensor({0, 0}, torch::kInt64);
    // A ball of 0.25 of the range is 0.5; the step of 1.25 times that ends at least a quarter of it further
    // on.
    std::set<float> ends;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const torch::Tensor found = fast_adversary(module, 0, bounds, images, labels, 0.25, Random(seed));
        const auto* const pixels = found.data_ptr<float>();
        EXPECT_GE(pixels[0], 0.5F);
        EXPECT_LE(pixels[0], 0.875F);
        EXPECT_GE(pixels[1], 1.125F);
        EXPECT_LE(pixels[1], 1.5F);
        EXPECT_EQ(pixels[2], 0.0F) << "beyond black";
        EXPECT_EQ(pixels[3], 2.0F) << "beyond white";
        ends.insert(pixels[0]);
    }
    EXPECT_GT(ends.size(), 5U);
}

} // namespace
} // namespace tandem
