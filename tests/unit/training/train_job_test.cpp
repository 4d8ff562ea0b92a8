#include <gtest/gtest.h>

#include "tandem/core/files.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/network/topologies/topologies.h"
#include "tandem/training/training.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// As messages list them.
std::string topology_names() {
    std::string names;
    for (const Topology& topology : known_topologies())
        names += (names.empty() ? "" : ", ") + std::string(topology.name);
    return names;
}

class TrainJobFile : public ::testing::Test {
  protected:
    void SetUp() override {
        Result<TemporaryDirectory> created = TemporaryDirectory::create();
        ASSERT_TRUE(created);
        directory_ = std::make_unique<TemporaryDirectory>(std::move(created).value());
    }

    std::string write(const std::string& name, const std::string& contents) const {
        const fs::path path = directory_->path() / name;
        EXPECT_TRUE(write_file(path, contents, Existing::replace));
        return path.string();
    }
    /// The lines with which a job file is refused, without its path.
    std::string refusal(const std::string& yaml) const {
        const std::string path = write("job.yaml", yaml);
        const Result<TrainJob> job = load_train_job(path);
        std::string text = job ? "accepted" : to_string(job.error());
        for (std::size_t at = text.find(path); at != std::string::npos; at = text.find(path)) {
            text.replace(at, path.size(), "job");
        }
        return text;
    }

    std::unique_ptr<TemporaryDirectory> directory_;
};

TEST_F(TrainJobFile, TakesDefaultsForWhatItLeavesOut) {
    const Result<TrainJob> job = load_train_job(write("job.yaml", "topology: resnet8\nepochs: 3\n"));
    ASSERT_TRUE(job) << to_string(job.error());
    TrainJob expected;
    expected.topology = "resnet8";
    expected.epochs = 3;
    EXPECT_EQ(*job, expected);
}

TEST_F(TrainJobFile, ThatShipsIsValid) {
    const Result<TrainJob> job = load_train_job(TANDEM_SOURCE_DIR "/examples/train-fashion-resnet8.yaml");
    ASSERT_TRUE(job) << to_string(job.error());
    EXPECT_EQ(job->topology, "resnet8");
}

TEST_F(TrainJobFile, NeedsATopologyOrANetwork) {
    EXPECT_EQ(refusal("epochs: 3"),
              "job: topology: found neither topology nor network, expected a topology (one of: " +
                  topology_names() + ") or an ONNX file");
    EXPECT_EQ(refusal("{topology: resnet8, network: some.onnx}"),
              "job: topology: found both topology and network, expected one of the two");
}

TEST_F(TrainJobFile, SuggestsTheNearestTopology) {
    EXPECT_EQ(refusal("topology: lenet6"),
              "job: topology: found 'lenet6' (did you mean 'lenet5'?), expected one of: " + topology_names());
}

TEST_F(TrainJobFile, KeepsTwoImagesForEachShard) {
    EXPECT_EQ(
        refusal("{topology: resnet8, batch_size: 8, shards: 5}"),
        "job: shards: found 5, expected at most 4: batch normalisation needs two images of a batch of 8 in "
        "each");
}

TEST_F(TrainJobFile, GathersProblemsOfAllFields) {
    const std::string text = refusal("{topology: resnet8, epochs: 0, learning_rat: 0.1, augmentation: mixup, "
                                     "momentum: 1.5, device: tpu, precision: half}");
    for (const char* place : {"epochs", "learning_rat", "augmentation", "momentum", "device", "precision"}) {
        EXPECT_NE(text.find(place), std::string::npos) << place << " is missing in\n" << text;
    }
    EXPECT_NE(text.find("did you mean 'learning_rate'?"), std::string::npos) << text;
}

/// No images, but what a network must fit.
Dataset dataset_of(std::int64_t rows, std::int64_t columns) {
    Dataset dataset;
    dataset.name = "blank";
    dataset.classes = {"a", "b", "c"};
    dataset.train.rows = rows;
    dataset.train.columns = columns;
    return dataset;
}

TEST_F(TrainJobFile, StartsFromASeededTopology) {
    TrainJob job;
    job.topology = "resnet8";
    const Result<Network> first = load_starting_network(job, dataset_of(28, 28));
    const Result<Network> again = load_starting_network(job, dataset_of(28, 28));
    job.seed = 2;
    const Result<Network> other = load_starting_network(job, dataset_of(28, 28));
    ASSERT_TRUE(first && again && other);
    EXPECT_EQ(*first, *again);
    EXPECT_NE(*first, *other);
    EXPECT_EQ(first->shape(first->outputs.front()), (Shape{kBatch, 3}));
}

TEST_F(TrainJobFile, RefusesImagesTooSmallForTheTopology) {
    TrainJob job;
    job.topology = "lenet5";
    const Result<Network> network = load_starting_network(job, dataset_of(28, 6));
    ASSERT_FALSE(network);
    EXPECT_EQ(to_string(network.error()),
              "blank: found images of 28x6, expected at least 12 rows and 12 columns, which lenet5 needs");
}

TEST_F(TrainJobFile, RefusesATopologyThatLabelsPixels) {
    TrainJob job;
    job.topology = "deeplabv3-mobilenetv2";
    const Result<Network> network = load_starting_network(job, dataset_of(28, 28));
    ASSERT_FALSE(network);
    EXPECT_EQ(to_string(network.error()),
              "deeplabv3-mobilenetv2: logits: found shape Nx3x28x28, expected Nx3, the classes of blank");
}

TEST_F(TrainJobFile, GoesOnFromANetworkThatFitsTheData) {
    const Network trained =
        find_topology("resnet8")->build({.input_shape = {kBatch, 1, 28, 28}, .classes = 3, .seed = 5});
    TrainJob job;
    job.network = write("trained.onnx", emit_onnx(trained));
    const Result<Network> network = load_starting_network(job, dataset_of(28, 28));
    ASSERT_TRUE(network) << to_string(network.error());
    EXPECT_EQ(content_hash(*network), content_hash(trained));
}

TEST_F(TrainJobFile, RefusesANetworkForOtherImagesAndClasses) {
    const Network trained =
        find_topology("resnet8")->build({.input_shape = {kBatch, 3, 32, 32}, .classes = 10, .seed = 5});
    TrainJob job;
    job.network = write("trained.onnx", emit_onnx(trained));
    const Result<Network> network = load_starting_network(job, dataset_of(28, 28));
    ASSERT_FALSE(network);
    EXPECT_EQ(to_string(network.error()),
              job.network + ": input: found shape Nx3x32x32, expected Nx1x28x28, an image of blank\n" +
                  job.network + ": logits: found shape Nx10, expected Nx3, the classes of blank");
}

TEST_F(TrainJobFile, RefusesANetworkOfSeveralOutputs) {
    Network trained =
        find_topology("resnet8")->build({.input_shape = {kBatch, 1, 28, 28}, .classes = 3, .seed = 5});
    trained.outputs.push_back("flatten");
    TrainJob job;
    job.network = write("trained.onnx", emit_onnx(trained));
    const Result<Network> network = load_starting_network(job, dataset_of(28, 28));
    ASSERT_FALSE(network);
    EXPECT_EQ(to_string(network.error()),
              job.network + ": found 1 inputs and 2 outputs, expected one of each");
}

TEST_F(TrainJobFile, RefusesAJobChangedIntoNonsense) {
    TrainJob job;
    job.topology = "resnet8";
    job.shards = 100;
    EXPECT_FALSE(load_starting_network(job, dataset_of(28, 28)));
}

} // namespace
} // namespace tandem
