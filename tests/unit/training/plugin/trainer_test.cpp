// The plug-in as the program meets it: through its door.
#include <algorithm>
#include <csignal>
#include <filesystem>
#include <tuple>

#include <sys/resource.h>

#include <gtest/gtest.h>

#include "tandem/core/files.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/training/plugin/graph_module.h"
#include "trainer_run.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;
using testing::Interrupter;
using testing::lines_dataset;
using testing::small_job;
using testing::small_network;
using testing::TrainerRun;

TEST_F(TrainerRun, LearnsToTellLinesApart) {
    TrainJob job = small_job();
    job.epochs = 30;
    job.augmentation.moves = "none";
    const Result<TrainResult> result = train(job);
    ASSERT_TRUE(result) << to_string(result.error());
    ASSERT_EQ(result->epochs.size(), 30U);
    EXPECT_LT(result->epochs.back().training_loss, 0.5 * result->epochs.front().training_loss);
    EXPECT_GT(result->epochs.back().validation_accuracy, 0.9);
    EXPECT_GT(result->test_accuracy, 0.9);
    EXPECT_EQ(result->epochs.back().epoch, 30);
}

TEST_F(TrainerRun, NeedsNoTestImages) {
    const TrainJob job = small_job();
    const Result<TrainResult> scored = train(job);
    ASSERT_TRUE(scored) << to_string(scored.error());
    EXPECT_GT(scored->test_accuracy, 0.0);
    dataset_.test.pixels.clear();
    dataset_.test.labels.clear();
    const Result<TrainResult> blind = train(job);
    ASSERT_TRUE(blind) << to_string(blind.error());
    EXPECT_EQ(blind->network, scored->network);
    EXPECT_EQ(blind->test_accuracy, 0.0);
}

TEST_F(TrainerRun, ChecksWithoutTrainingWhetherANetworkTrains) {
    EXPECT_TRUE(trainer_->check(network_));
    Network network = network_;
    network.nodes.front().type = "Sign";
    const Result<void> refused = trainer_->check(network);
    ASSERT_FALSE(refused);
    EXPECT_NE(to_string(refused.error()).find("found operator Sign, expected an operator that trains"),
              std::string::npos)
        << to_string(refused.error());
}

TEST_F(TrainerRun, ChangesParametersAloneAndKeepsTheStructure) {
    const Result<TrainResult> result = train(small_job());
    ASSERT_TRUE(result);
    const Network& trained = result->network;
    EXPECT_EQ(trained.nodes, network_.nodes);
    EXPECT_EQ(trained.shapes, network_.shapes);
    ASSERT_EQ(trained.parameters.size(), network_.parameters.size());
    for (const auto& [name, parameter] : network_.parameters) {
        EXPECT_EQ(trained.parameters.at(name).shape, parameter.shape);
        EXPECT_NE(trained.parameters.at(name), parameter) << name << " was not trained";
    }
    EXPECT_TRUE(validate(trained, "trained"));
}

TEST_F(TrainerRun, GivesTheSameBytesTwiceAndOnAnyNumberOfThreads) {
    for (const char* precision : {"float32", "bfloat16"}) {
        TrainJob job = small_job();
        job.precision = precision;
        job.shards = 3;
        job.threads = 1;
        const Result<TrainResult> first = train(job);
        const Result<TrainResult> again = train(job);
        job.threads = 4;
        const Result<TrainResult> wide = train(job);
        ASSERT_TRUE(first && again && wide);
        EXPECT_EQ(emit_onnx(again->network), emit_onnx(first->network)) << precision;
        EXPECT_EQ(emit_onnx(wide->network), emit_onnx(first->network)) << precision;
    }
}

TEST_F(TrainerRun, DependsOnTheSeed) {
    TrainJob job = small_job();
    const Result<TrainResult> first = train(job);
    job.seed = 2;
    const Result<TrainResult> other = train(job);
    ASSERT_TRUE(first && other);
    EXPECT_NE(emit_onnx(first->network), emit_onnx(other->network));
}

TEST_F(TrainerRun, ResumedEqualsUninterrupted) {
    const Result<TrainResult> whole = train(small_job());
    ASSERT_TRUE(whole);

    Interrupter interrupter("epoch 2/2", 1);
    const Result<TrainResult> stopped = train(small_job(), checkpoint_, interrupter);
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().kind, ErrorKind::interrupted);
    EXPECT_EQ(to_string(stopped.error()),
              checkpoint_.string() +
                  ": interrupted after epoch 1 of 2: expected the same command again, which "
                  "goes on from here");

    TrainJob job = small_job();
    job.threads = 1; // may differ between the two parts
    const Result<TrainResult> resumed = train(job, checkpoint_);
    ASSERT_TRUE(resumed) << to_string(resumed.error());
    EXPECT_EQ(resumed->network, whole->network);
    EXPECT_EQ(resumed->test_accuracy, whole->test_accuracy);
    ASSERT_EQ(resumed->epochs.size(), 2U);
    for (std::size_t i = 0; i < 2; ++i) {
        EpochRecord expected = whole->epochs[i];
        expected.seconds = resumed->epochs[i].seconds;
        EXPECT_EQ(resumed->epochs[i], expected);
    }
}

TEST_F(TrainerRun, FinishedIsNotTrainedAgain) {
    const Result<TrainResult> whole = train(small_job(), checkpoint_);
    ASSERT_TRUE(whole);
    Interrupter interrupter("epoch 1/2", 1);
    interrupter.flag = true; // any step would stop
    const Result<TrainResult> again = train(small_job(), checkpoint_, interrupter);
    ASSERT_TRUE(again) << to_string(again.error());
    EXPECT_EQ(again->network, whole->network);
    EXPECT_EQ(again->epochs, whole->epochs);
}

TEST_F(TrainerRun, InterruptedWithoutACheckpointSaysSo) {
    Interrupter interrupter("epoch 1/2", 2);
    const Result<TrainResult> stopped = train(small_job(), {}, interrupter);
    ASSERT_FALSE(stopped);
    EXPECT_EQ(to_string(stopped.error()),
              "interrupted after epoch 0 of 2: expected no interrupt: there is no checkpoint to go on from");
}

TEST_F(TrainerRun, RefusesTheCheckpointOfAnotherJobOrNetwork) {
    ASSERT_TRUE(train(small_job(), checkpoint_));
    TrainJob job = small_job();
    job.learning_rate = 0.06;
    const std::string refused = checkpoint_.string() +
                                ": found the checkpoint of another job, network or data "
                                "set, expected that of this one; remove it to start afresh";
    EXPECT_EQ(refusal(job, checkpoint_), refused);
    network_ = small_network(4);
    EXPECT_EQ(refusal(small_job(), checkpoint_), refused);
}

TEST_F(TrainerRun, RefusesADamagedCheckpoint) {
    ASSERT_TRUE(train(small_job(), checkpoint_));
    std::string bytes = *read_file(checkpoint_);
    bytes.resize(bytes.size() - 100);
    ASSERT_TRUE(write_file(checkpoint_, bytes, Existing::replace));
    EXPECT_EQ(refusal(small_job(), checkpoint_),
              checkpoint_.string() +
                  ": found a damaged checkpoint, expected an undamaged one; remove it to start afresh");
}

TEST_F(TrainerRun, FailsWhereTheCheckpointCannotBeWritten) {
    const Result<TrainResult> result = train(small_job(), directory_->path() / "absent" / "checkpoint");
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().kind, ErrorKind::failed);
}

TEST_F(TrainerRun, KeepsTheLastCheckpointWhenTheDiskIsFull) {
    const Result<TrainResult> whole = train(small_job());
    ASSERT_TRUE(whole);
    // A limit on the size of files refuses a write halfway, as a full disk does: here before the second.
    rlimit limit{};
    ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &limit), 0);
    const auto handler = std::signal(SIGXFSZ, SIG_IGN);
    const Result<TrainResult> failed = train(
        small_job(), checkpoint_, [&](const EpochRecord& record, const Network&) -> Result<EpochDecision> {
            const rlimit tight{.rlim_cur = 1'000, .rlim_max = limit.rlim_max};
            if (record.epoch == 2) setrlimit(RLIMIT_FSIZE, &tight);
            return EpochDecision{};
        });
    ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
    std::signal(SIGXFSZ, handler);
    ASSERT_FALSE(failed);
    EXPECT_NE(to_string(failed.error()).find("File too large"), std::string::npos)
        << to_string(failed.error());
    const Result<TrainResult> resumed = train(small_job(), checkpoint_);
    ASSERT_TRUE(resumed) << to_string(resumed.error());
    EXPECT_EQ(resumed->network, whole->network);
}

TEST_F(TrainerRun, NamesEpochLayerAndLearningRateWhenTheLossIsNoNumber) {
    TrainJob job = small_job();
    job.learning_rate = 100.0;
    job.weight_decay = 1.0;
    job.momentum = 0.999;
    job.epochs = 40;
    const std::string text = refusal(job);
    EXPECT_NE(text.find("found a loss that is no number, expected a smaller learning_rate"),
              std::string::npos)
        << text;
    EXPECT_EQ(text.rfind("epoch ", 0), 0U) << text;
    EXPECT_NE(text.find("layer '"), std::string::npos) << text;
    EXPECT_NE(text.find("learning rate "), std::string::npos) << text;
}

TEST_F(TrainerRun, LearnsWithEveryOptimizerAndSchedule) {
    for (const char* optimizer : {"sgd", "adam", "adamw"}) {
        for (const char* schedule : {"constant", "cosine", "one-cycle", "step"}) {
            TrainJob job = small_job();
            job.epochs = 12;
            job.augmentation.moves = "none";
            job.optimizer = optimizer;
            job.schedule = schedule;
            job.learning_rate = job.optimizer == "sgd" ? 0.05 : 0.02;
            const Result<TrainResult> result = train(job);
            ASSERT_TRUE(result) << to_string(result.error());
            EXPECT_LT(result->epochs.back().training_loss, 0.8 * result->epochs.front().training_loss)
                << optimizer << " " << schedule;
        }
    }
}

TEST_F(TrainerRun, TakesTheStatisticsAgainOverManyBatches) {
    TrainJob job = small_job();
    job.augmentation.moves = "none";
    job.batch_size = 96; // one batch is the whole data set, in two shards
    job.statistics_batches = 1;
    const Result<TrainResult> result = train(job);
    ASSERT_TRUE(result) << to_string(result.error());
    const Node& normalization = result->network.nodes[1];
    const std::vector<float>& mean = float_values(result->network.parameters.at(normalization.inputs[3]));
    // The convolution's mean output, by the trained network's own first layer.
    const GraphModule module(result->network, torch::kCPU, 1);
    std::vector<std::int64_t> all = split_dataset(dataset_, 0, 0)->train;
    const torch::NoGradGuard no_gradients;
    torch::Tensor expected;
    module.forward(torch::tensor(to_floats(dataset_.train, all)).reshape({96, 1, 6, 6}), Mode::evaluation, 0,
                   [&](const Node& node, const torch::Tensor& output) {
                       if (node.type == "Conv") expected = output.mean(at::IntArrayRef{0, 2, 3});
                   });
    for (std::size_t channel = 0; channel < mean.size(); ++channel) {
        EXPECT_NEAR(mean[channel], expected[static_cast<std::int64_t>(channel)].item<float>(), 1e-4);
    }
}

TEST_F(TrainerRun, SmoothsLabels) {
    TrainJob job = small_job();
    const Result<TrainResult> plain = train(job);
    job.label_smoothing = 0.3;
    const Result<TrainResult> smooth = train(job);
    ASSERT_TRUE(plain && smooth);
    EXPECT_NE(plain->network, smooth->network);
}

TEST_F(TrainerRun, GivesTheBestEpochBackWhenItRunsOutOfPatience) {
    TrainJob job = small_job();
    job.epochs = 60;
    job.schedule = "constant";
    job.learning_rate = 1.5; // so that the last epoch is hardly the best
    job.patience = 3;
    const Result<TrainResult> result = train(job, checkpoint_);
    ASSERT_TRUE(result) << to_string(result.error());
    double best = -1.0;
    std::int64_t epoch = 0;
    for (const EpochRecord& record : result->epochs) {
        if (record.validation_accuracy > best)
            std::tie(best, epoch) = std::pair(record.validation_accuracy, record.epoch);
    }
    EXPECT_EQ(result->best_epoch, epoch);
    EXPECT_LT(std::ssize(result->epochs), 60);
    EXPECT_EQ(std::ssize(result->epochs), epoch + 3);
    const Result<TrainResult> again = train(job, checkpoint_); // from the checkpoint alone
    ASSERT_TRUE(again);
    EXPECT_EQ(again->network, result->network);
}

/// The share of the first layer's weights that are 0.
double zeros(const Network& network) {
    const std::vector<float>& weights = float_values(network.parameters.at(network.nodes.front().inputs[1]));
    return static_cast<double>(std::count(weights.begin(), weights.end(), 0.0F)) /
           static_cast<double>(weights.size());
}

/// Masks every other weight of the first layer from epoch `from` on.
EpochHook every_other(std::int64_t from, bool holds) {
    return [from, holds](const EpochRecord& record, const Network& network) -> Result<EpochDecision> {
        if (record.epoch < from) return EpochDecision{};
        const std::string& name = network.nodes.front().inputs[1];
        std::vector<std::uint8_t> mask(float_values(network.parameters.at(name)).size());
        for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = i % 2 == 0 ? 1 : 0;
        return EpochDecision{.masks = {{name, mask}}, .holds_masks = holds};
    };
}

TEST_F(TrainerRun, AsksTheHookBeforeTheFirstEpochAndAfterEach) {
    std::vector<std::int64_t> epochs;
    const Result<TrainResult> result = train(
        small_job(), {}, [&](const EpochRecord& record, const Network& network) -> Result<EpochDecision> {
            EXPECT_EQ(network == network_, record.epoch == 0);
            epochs.push_back(record.epoch);
            return EpochDecision{.stops = record.epoch == 1};
        });
    ASSERT_TRUE(result) << to_string(result.error());
    EXPECT_EQ(epochs, (std::vector<std::int64_t>{0, 1}));
    EXPECT_EQ(result->epochs.size(), 1U);
}

TEST_F(TrainerRun, HoldsMasksThroughEveryStepOrLetsWeightsReturn) {
    const Result<TrainResult> held = train(small_job(), {}, every_other(0, true));
    ASSERT_TRUE(held) << to_string(held.error());
    EXPECT_EQ(zeros(held->network), 0.5);
    const EpochHook once = [&](const EpochRecord& record, const Network& network) {
        return record.epoch == 0 ? every_other(0, false)(record, network)
                                 : Result<EpochDecision>(EpochDecision{});
    };
    const Result<TrainResult> returned = train(small_job(), {}, once);
    ASSERT_TRUE(returned);
    EXPECT_EQ(zeros(returned->network), 0.0);
    const Result<TrainResult> last = train(small_job(), {}, every_other(2, false));
    ASSERT_TRUE(last);
    EXPECT_EQ(zeros(last->network), 0.5); // zeroed after the last epoch
}

TEST_F(TrainerRun, LetsNoWeightReturnToAClosedChannel) {
    const std::string name = network_.nodes.front().inputs[1];
    const Parameter& weights = network_.parameters.at(name);
    const std::size_t filter = float_values(weights).size() / static_cast<std::size_t>(weights.shape[0]);
    // All of the first filter, one weight of the second.
    const EpochHook hook = [&](const EpochRecord& record, const Network&) -> Result<EpochDecision> {
        if (record.epoch > 0) return EpochDecision{};
        std::vector<std::uint8_t> mask(float_values(weights).size(), 1);
        std::fill_n(mask.begin(), filter + 1, std::uint8_t{0});
        return EpochDecision{.masks = {{name, mask}}};
    };
    TrainJob job = small_job();
    job.epochs = 1;
    const Result<TrainResult> result = train(job, {}, hook);
    ASSERT_TRUE(result) << to_string(result.error());
    const std::vector<float>& trained = float_values(result->network.parameters.at(name));
    const auto second = trained.begin() + static_cast<std::ptrdiff_t>(filter);
    EXPECT_EQ(std::count(trained.begin(), second, 0.0F), static_cast<std::ptrdiff_t>(filter));
    EXPECT_NE(*second, 0.0F);
}

TEST_F(TrainerRun, ResumesUnderTheLastDecision) {
    const EpochHook hook = every_other(1, true);
    const Result<TrainResult> whole = train(small_job(), {}, hook);
    ASSERT_TRUE(whole);
    Interrupter interrupter("epoch 2/2", 1);
    ASSERT_FALSE(train(small_job(), checkpoint_, interrupter, hook));
    const Result<TrainResult> resumed = train(small_job(), checkpoint_, hook);
    ASSERT_TRUE(resumed) << to_string(resumed.error());
    EXPECT_EQ(emit_onnx(resumed->network), emit_onnx(whole->network));
    EXPECT_EQ(zeros(resumed->network), 0.5);
}

TEST_F(TrainerRun, RefusesAMaskThatDoesNotFit) {
    const auto answer = [&](const std::string& name) {
        const Result<TrainResult> result =
            train(small_job(), {}, [&](const EpochRecord&, const Network&) -> Result<EpochDecision> {
                return EpochDecision{.masks = {{name, {0, 1}}}};
            });
        return result ? "trained" : to_string(result.error());
    };
    const std::string weights = network_.nodes.front().inputs[1];
    EXPECT_EQ(answer(weights), "mask: " + weights + ": found 2 bytes, expected 72, one a weight");
    EXPECT_EQ(answer("absent"), "mask: absent: found no weights of that name, expected weights of a layer");
}

TEST_F(TrainerRun, RefusesADeviceThatIsNotThere) {
    if (trainer_->describe().find("CUDA") != std::string::npos)
        GTEST_SKIP() << "this machine has a CUDA device";
    TrainJob job = small_job();
    job.device = "cuda";
    EXPECT_EQ(refusal(job), "device: found cuda, expected cpu or auto: this LibTorch finds no CUDA device");
}

TEST_F(TrainerRun, RefusesAJobOrDataSetThatCannotTrain) {
    TrainJob job = small_job();
    job.shards = 13;
    EXPECT_NE(refusal(job).find("shards"), std::string::npos) << refusal(job);
    dataset_ = lines_dataset(0);
    EXPECT_NE(refusal(small_job()).find("more than the 6000 that are held out"), std::string::npos);
}

TEST_F(TrainerRun, SaysWhatItRunsOn) { EXPECT_EQ(trainer_->describe().rfind("LibTorch ", 0), 0U); }

} // namespace
} // namespace tandem
