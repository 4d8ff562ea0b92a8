// Networks that other tools quantised, on their own data, against the counts that are recorded for them.
// The networks and data are in TANDEM_SHARED_DATA.
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "../shared_data.h"
#include "tandem/codesign/experiment.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/strategy/import.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// A network with what it is scored on: a data set, and which of its test images (none: all).
struct Recorded {
    const char* network;
    const char* dataset;
    const char* data;
    const char* indices;
};

std::vector<std::int64_t> test_images(const Recorded& recorded, const Dataset& dataset) {
    std::vector<std::int64_t> indices;
    if (*recorded.indices != '\0') {
        std::ifstream file(shared_data() / recorded.indices);
        for (std::int64_t index = 0; file >> index;) indices.push_back(index);
    } else {
        for (std::int64_t index = 0; index < dataset.test.count(); ++index) indices.push_back(index);
    }
    return indices;
}

/// Predicted classes that are the labels.
std::int64_t correct(const Recorded& recorded, RequantizationKind kind) {
    DataOptions data;
    data.dataset = recorded.dataset;
    data.directory = (shared_data() / recorded.data).string();
    Result<Experiment> experiment = load_experiment((shared_data() / recorded.network).string(), data);
    EXPECT_TRUE(experiment) << to_string(experiment.error());
    Strategy strategy = experiment->strategy.value();
    strategy.arithmetic.requantization = kind;
    const Result<IntegerProgram> program = lower_to_integers(experiment->network, strategy);
    EXPECT_TRUE(program) << to_string(program.error());
    ReferenceSamples reference =
        reference_samples(*experiment, test_images(recorded, experiment->dataset)).value();
    const auto samples = static_cast<double>(reference.labels.size());
    const Quality quality = Evaluator(std::move(reference), Bytes(0)).evaluate(*program);
    return static_cast<std::int64_t>(std::llround(quality.accuracy * samples));
}

constexpr Recorded kResNet8{"mlperf_tiny/resnet8_cifar10_int8.tflite", "cifar10", "cifar10",
                            "mlperf_tiny/ic01_perf_sample_indices.txt"};
constexpr Recorded kLargeResNet8{"mlperf_tiny/resnet8_large_cifar10_int8.tflite", "cifar10", "cifar10",
                                 "mlperf_tiny/ic01_perf_sample_indices.txt"};
constexpr Recorded kKeywords{"mlperf_tiny/dscnn_kws12_int8.tflite", "speech-commands",
                             "speech_commands/kws01_mfcc_int8.bin", ""};

TEST(QuantizedModels, GiveTheRecordedCountsByDoubleRounding) {
    if (!fs::exists(shared_data())) GTEST_SKIP() << "no " << shared_data() << " (TANDEM_SHARED_DATA)";
    EXPECT_EQ(correct(kResNet8, RequantizationKind::multiplier_twice), 175);
    EXPECT_EQ(correct(kLargeResNet8, RequantizationKind::multiplier_twice), 188);
    EXPECT_EQ(correct(kKeywords, RequantizationKind::multiplier_twice), 901);
}

// So the counts tell the two apart.
TEST(QuantizedModels, GiveOtherCountsBySingleRounding) {
    if (!fs::exists(shared_data())) GTEST_SKIP() << "no " << shared_data() << " (TANDEM_SHARED_DATA)";
    EXPECT_EQ(correct(kResNet8, RequantizationKind::multiplier_once), 174);
    EXPECT_EQ(correct(kLargeResNet8, RequantizationKind::multiplier_once), 188);
    EXPECT_EQ(correct(kKeywords, RequantizationKind::multiplier_once), 902);
}

// Those that have no labelled data here read and lower all the same.
TEST(QuantizedModels, AreReadWhole) {
    if (!fs::exists(shared_data())) GTEST_SKIP() << "no " << shared_data() << " (TANDEM_SHARED_DATA)";
    for (const char* name : {"autoencoder_toycar", "mobilenetv1_025_vww96", "streaming_wakeword"}) {
        const fs::path path = shared_data() / "mlperf_tiny" / (std::string(name) + "_int8.tflite");
        Result<ImportedNetwork> imported = import_network(path.string());
        ASSERT_TRUE(imported) << to_string(imported.error());
        const Network network = prepare_for_deployment(std::move(imported->network));
        const Result<IntegerProgram> program = lower_to_integers(network, *imported->strategy);
        EXPECT_TRUE(program) << to_string(program.error());
    }
}

} // namespace
} // namespace tandem
