// A supernet as it trains, against its subnetworks in the integer engine.
#include <memory>

#include <gtest/gtest.h>

#include "small_training.h"
#include "tandem/codesign/quantized_training.h"
#include "tandem/core/files.h"
#include "tandem/engine/evaluator.h"
#include "tandem/network/topologies/topologies.h"
#include "tandem/training/training.h"

namespace tandem {
namespace {

using testing::lines_dataset;
using testing::small_job;

const PrecisionSpace kSpace{
    .weight_bits = {1, 2, 4, 8}, .activation_bits = {1, 2, 4, 8}, .first_last_bits = 8};

class SupernetRun : public ::testing::Test {
  protected:
    void SetUp() override {
        Result<std::shared_ptr<Trainer>> loaded = load_trainer();
        ASSERT_TRUE(loaded) << to_string(loaded.error());
        trainer_ = *loaded;
        const Network network =
            find_topology("resnet8")->build({.input_shape = {kBatch, 1, 6, 6}, .classes = 3, .seed = 3});
        Result<SupernetStart> start = start_supernet(network, kSpace, dataset_);
        ASSERT_TRUE(start) << to_string(start.error());
        start_ = std::move(*start);
    }

    Result<SupernetTraining> train(const TrainJob& job, const std::filesystem::path& checkpoint = {},
                                   const std::atomic<bool>* interrupted = nullptr,
                                   Progress* watched = nullptr) {
        const std::atomic<bool> never = false;
        Progress silent;
        return trainer_->train_supernet(job, start_.setup, start_.network, dataset_, checkpoint,
                                        interrupted == nullptr ? never : *interrupted,
                                        watched == nullptr ? silent : *watched);
    }
    /// The share of test images that the engine gets right.
    double accuracy(const Subnetworks& subnetworks, const Strategy& widths) const {
        const Result<QuantizedNetwork> subnetwork = subnetworks.subnetwork(widths);
        EXPECT_TRUE(subnetwork) << to_string(subnetwork.error());
        const Result<IntegerProgram> program = lower_to_integers(subnetwork->network, subnetwork->strategy);
        EXPECT_TRUE(program) << to_string(program.error());
        ReferenceSamples reference;
        std::vector<std::int64_t> indices;
        for (std::int64_t i = 0; i < dataset_.test.count(); ++i) indices.push_back(i);
        reference.samples = to_floats(dataset_.test, indices);
        reference.labels = labels_of(dataset_.test, indices);
        reference.logits.resize(reference.labels.size() * 3);
        return Evaluator(std::move(reference), Bytes(0)).evaluate(*program).accuracy;
    }

    Dataset dataset_ = lines_dataset(192);
    std::shared_ptr<Trainer> trainer_;
    SupernetStart start_;
};

TEST_F(SupernetRun, IsJudgedByWhatTheEngineComputesOfItsSubnetworks) {
    TrainJob job = small_job();
    job.epochs = 6;
    job.statistics_batches = 8;
    Result<SupernetTraining> training = train(job);
    ASSERT_TRUE(training) << to_string(training.error());
    const Subnetworks subnetworks(std::move(training->supernet));
    double sum = 0.0;
    const std::vector<Strategy> panel = supernet_panel(kSpace, subnetworks.network());
    for (const Strategy& widths : panel) sum += accuracy(subnetworks, widths);
    EXPECT_DOUBLE_EQ(training->result.test_accuracy, sum / static_cast<double>(panel.size()));
    EXPECT_GT(accuracy(subnetworks, panel.front()), 0.6); // a third by chance
    EXPECT_LT(training->result.epochs.back().training_loss, training->result.epochs.front().training_loss);
}

TEST_F(SupernetRun, GivesTheSameTablesTwiceAndOnAnyNumberOfThreads) {
    TrainJob job = small_job();
    job.epochs = 1;
    job.threads = 1;
    const Result<SupernetTraining> alone = train(job);
    job.threads = 2;
    const Result<SupernetTraining> together = train(job);
    ASSERT_TRUE(alone && together);
    EXPECT_EQ(alone->supernet.network, together->supernet.network);
    EXPECT_EQ(alone->supernet.strategies, together->supernet.strategies);
    EXPECT_EQ(alone->supernet.statistics, together->supernet.statistics);
    job.seed = 2;
    const Result<SupernetTraining> other = train(job);
    ASSERT_TRUE(other);
    EXPECT_NE(alone->supernet.strategies, other->supernet.strategies);
}

TEST_F(SupernetRun, ResumedEqualsUninterrupted) {
    /// Sets the flag in the second epoch.
    class Interrupter : public Progress {
      public:
        void begin(std::string_view phase, std::int64_t /*total*/) override {
            if (phase == "epoch 2/2") flag = true;
        }
        std::atomic<bool> flag = false;
    };
    const Result<SupernetTraining> whole = train(small_job());
    ASSERT_TRUE(whole);
    Result<TemporaryDirectory> directory = TemporaryDirectory::create();
    ASSERT_TRUE(directory);
    const std::filesystem::path checkpoint = directory->path() / "checkpoint";
    Interrupter interrupter;
    const Result<SupernetTraining> stopped = train(small_job(), checkpoint, &interrupter.flag, &interrupter);
    ASSERT_FALSE(stopped);
    EXPECT_EQ(stopped.error().kind, ErrorKind::interrupted);
    const Result<SupernetTraining> resumed = train(small_job(), checkpoint);
    ASSERT_TRUE(resumed) << to_string(resumed.error());
    EXPECT_EQ(resumed->supernet.network, whole->supernet.network);
    EXPECT_EQ(resumed->supernet.strategies, whole->supernet.strategies);
    EXPECT_EQ(resumed->supernet.statistics, whole->supernet.statistics);
}

TEST_F(SupernetRun, RefusesTheCheckpointOfAnotherSpace) {
    Result<TemporaryDirectory> directory = TemporaryDirectory::create();
    ASSERT_TRUE(directory);
    TrainJob job = small_job();
    job.epochs = 1;
    ASSERT_TRUE(train(job, directory->path() / "checkpoint"));
    start_.setup.drawn = 1;
    const Result<SupernetTraining> refused = train(job, directory->path() / "checkpoint");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::bad_input);
}

} // namespace
} // namespace tandem
