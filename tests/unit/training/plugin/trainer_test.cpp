// The plug-in as the program meets it: through its door.
#include <filesystem>
#include <memory>

#include <gtest/gtest.h>

#include "small_training.h"
#include "tandem/core/files.h"
#include "tandem/network/onnx/onnx.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;
using testing::lines_dataset;
using testing::small_job;
using testing::small_network;

/// Sets the flag when epoch `epoch` has done `step` steps, as a user's Ctrl-C would.
class Interrupter : public Progress {
  public:
    Interrupter(std::string epoch, std::int64_t step) : epoch_(std::move(epoch)), step_(step) {}

    void begin(std::string_view phase, std::int64_t /*total*/) override { is_due_ = phase == epoch_; }
    void update(std::int64_t done, std::string_view /*note*/) override {
        if (is_due_ && done == step_) flag = true;
    }

    std::atomic<bool> flag = false;

  private:
    std::string epoch_;
    std::int64_t step_;
    bool is_due_ = false;
};

class TrainerRun : public ::testing::Test {
  protected:
    void SetUp() override {
        Result<TemporaryDirectory> created = TemporaryDirectory::create();
        ASSERT_TRUE(created);
        directory_ = std::make_unique<TemporaryDirectory>(std::move(created).value());
        checkpoint_ = directory_->path() / "checkpoint";
        Result<std::shared_ptr<Trainer>> loaded = load_trainer();
        ASSERT_TRUE(loaded) << to_string(loaded.error());
        trainer_ = *loaded;
    }

    Result<TrainResult> train(const TrainJob& job, const fs::path& checkpoint = {}) {
        const std::atomic<bool> never = false;
        Progress silent;
        return trainer_->train(job, network_, dataset_, checkpoint, never, silent);
    }
    Result<TrainResult> train(const TrainJob& job, const fs::path& checkpoint, Interrupter& interrupter) {
        return trainer_->train(job, network_, dataset_, checkpoint, interrupter.flag, interrupter);
    }
    std::string refusal(const TrainJob& job, const fs::path& checkpoint = {}) {
        const Result<TrainResult> result = train(job, checkpoint);
        return result ? "trained" : to_string(result.error());
    }

    Dataset dataset_ = lines_dataset(96);
    Network network_ = small_network(3);
    std::unique_ptr<TemporaryDirectory> directory_;
    fs::path checkpoint_;
    std::shared_ptr<Trainer> trainer_;
};

TEST_F(TrainerRun, LearnsToTellLinesApart) {
    TrainJob job = small_job();
    job.epochs = 30;
    job.augmentation = "none";
    const Result<TrainResult> result = train(job);
    ASSERT_TRUE(result) << to_string(result.error());
    ASSERT_EQ(result->epochs.size(), 30U);
    EXPECT_LT(result->epochs.back().training_loss, 0.5 * result->epochs.front().training_loss);
    EXPECT_GT(result->epochs.back().validation_accuracy, 0.9);
    EXPECT_GT(result->test_accuracy, 0.9);
    EXPECT_EQ(result->epochs.back().epoch, 30);
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

TEST_F(TrainerRun, FailsWhenTheLossIsNoNumber) {
    TrainJob job = small_job();
    job.learning_rate = 100.0;
    job.weight_decay = 1.0;
    job.momentum = 0.999;
    job.epochs = 40;
    EXPECT_NE(refusal(job).find("found a loss that is no number, expected a smaller learning_rate"),
              std::string::npos)
        << refusal(job);
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
