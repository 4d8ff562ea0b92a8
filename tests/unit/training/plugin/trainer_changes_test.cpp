// What changes images, labels and parameters while a network trains.
#include <algorithm>
#include <numeric>

#include "tandem/engine/evaluator.h"
#include "tandem/engine/float_executor.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/network/rewrites/rewrites.h"
#include "trainer_run.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;
using testing::Interrupter;
using testing::lines_dataset;
using testing::small_job;
using testing::TrainerRun;

using TrainerChanges = TrainerRun;

/// Everything that changes images, labels and parameters at random or over time.
TrainJob job_of_all_changes() {
    TrainJob job = small_job();
    job.augmentation = {.moves = "crop-flip", .cutout = 2, .rotation = 10.0, .colour = 0.2, .noise = 0.02};
    job.mixup = 0.4;
    job.averaging = 0.9;
    job.adversarial_epsilon = 0.02;
    return job;
}

TEST_F(TrainerChanges, ChangesAtRandomAndAveragesGiveTheSameOnAnyNumberOfThreadsAndResumed) {
    TrainJob job = job_of_all_changes();
    const Result<TrainResult> whole = train(job);
    ASSERT_TRUE(whole) << to_string(whole.error());
    job.threads = 1;
    Interrupter interrupter("epoch 2/2", 2);
    ASSERT_FALSE(train(job, checkpoint_, interrupter));
    const Result<TrainResult> resumed = train(job, checkpoint_);
    ASSERT_TRUE(resumed) << to_string(resumed.error());
    EXPECT_EQ(emit_onnx(resumed->network), emit_onnx(whole->network));
    EXPECT_EQ(resumed->test_accuracy, whole->test_accuracy);
}

TEST_F(TrainerChanges, EachChangeShowsInWhatIsLearned) {
    const std::string plain = emit_onnx(require(train(small_job())).network);
    const auto learned = [&](auto change) {
        TrainJob job = small_job();
        change(job);
        return emit_onnx(require(train(job)).network);
    };
    EXPECT_NE(learned([](TrainJob& job) { job.augmentation.cutout = 2; }), plain);
    EXPECT_NE(learned([](TrainJob& job) { job.augmentation.rotation = 10.0; }), plain);
    EXPECT_NE(learned([](TrainJob& job) { job.augmentation.colour = 0.3; }), plain);
    EXPECT_NE(learned([](TrainJob& job) { job.augmentation.noise = 0.1; }), plain);
    EXPECT_NE(learned([](TrainJob& job) { job.mixup = 1.0; }), plain);
    EXPECT_NE(learned([](TrainJob& job) { job.averaging = 0.9; }), plain);
    EXPECT_NE(learned([](TrainJob& job) { job.adversarial_epsilon = 0.1; }), plain);
}

TEST_F(TrainerChanges, TheAverageOfEveryStepComesBack) {
    dataset_ = lines_dataset(24); // one step an epoch
    TrainJob job = small_job();
    job.epochs = 4;
    job.averaging = 0.2;
    std::vector<std::vector<float>> steps; // the weights before the first step and after each
    const auto weights_of = [](const Network& network) {
        const auto layer = std::find_if(network.nodes.begin(), network.nodes.end(),
                                        [](const Node& node) { return node.type == "Gemm"; });
        return std::get<std::vector<float>>(network.parameters.at(layer->inputs[1]).values);
    };
    const EpochHook hook = [&](const EpochRecord&, const Network& network) -> Result<EpochDecision> {
        steps.push_back(weights_of(network));
        return EpochDecision{};
    };
    const std::vector<float> averaged = weights_of(require(train(job, {}, hook)).network);
    ASSERT_EQ(steps.size(), 5U);
    for (std::size_t i = 0; i < averaged.size(); ++i) {
        double expected = steps[0][i];
        for (std::size_t step = 0; step < 4; ++step) {
            const double kept =
                std::min(0.2, (1.0 + static_cast<double>(step)) / (10.0 + static_cast<double>(step)));
            expected = kept * expected + (1.0 - kept) * static_cast<double>(steps[step + 1][i]);
        }
        EXPECT_NEAR(averaged[i], expected, 1e-6);
    }
}

TEST_F(TrainerChanges, LearnsToWithstandWhatItWasTrainedAgainst) {
    TrainJob job = small_job();
    job.epochs = 40;
    job.augmentation.moves = "none";
    const auto correct_under_attack = [&](const Network& network) {
        const FloatExecutor executor = require(FloatExecutor::create(prepare_for_deployment(network)));
        std::vector<std::int64_t> all(90);
        std::iota(all.begin(), all.end(), std::int64_t{0});
        const std::vector<std::int32_t> labels = labels_of(dataset_.test, all);
        const std::atomic<bool> never = false;
        Progress silent;
        const std::vector<float> images = require(
            trainer_->attack({.method = "pgd", .epsilon = 0.15}, network, to_floats(dataset_.test, all),
                             labels, pixel_range(dataset_.test), never, silent));
        const std::vector<float> logits = executor.run(images, 90);
        int correct = 0;
        for (std::size_t i = 0; i < labels.size(); ++i) {
            correct += predicted_class(std::span(logits).subspan(3 * i, 3)) == labels[i] ? 1 : 0;
        }
        return correct;
    };
    const int plain = correct_under_attack(require(train(job)).network);
    job.adversarial_epsilon = 0.15;
    EXPECT_GT(correct_under_attack(require(train(job)).network), plain + 9);
}

} // namespace
} // namespace tandem
