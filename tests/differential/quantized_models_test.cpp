// Networks that other tools quantised, on their own data, against the counts that are recorded for them.
// The networks and data are in TANDEM_SHARED_DATA.
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "../shared_data.h"
#include "tandem/codesign/experiment.h"
#include "tandem/core/files.h"
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

/// Predicted classes of a float network that are the labels.
std::int64_t float_correct(const Recorded& recorded, const Normalization& normalization) {
    DataOptions data;
    data.dataset = recorded.dataset;
    data.directory = (shared_data() / recorded.data).string();
    data.normalization = normalization;
    const Result<Experiment> experiment = load_experiment((shared_data() / recorded.network).string(), data);
    EXPECT_TRUE(experiment) << to_string(experiment.error());
    EXPECT_FALSE(experiment->strategy);
    const ReferenceSamples reference = reference_samples(*experiment, Portion::test).value();
    return std::llround(float_accuracy(reference) * static_cast<double>(reference.labels.size()));
}

// Float activations; the second model's pointwise weights have 8 bits.
TEST(FloatTflite, GivesTheRecordedCounts) {
    if (!fs::exists(shared_data())) GTEST_SKIP() << "no " << shared_data() << " (TANDEM_SHARED_DATA)";
    constexpr Recorded kFloatResNet8{"mlperf_tiny/resnet8_cifar10_float.tflite", "cifar10", "cifar10", ""};
    EXPECT_EQ(float_correct(kFloatResNet8, {.scale = 1.0F, .mean = {}, .deviation = {}}), 8719);
    constexpr Recorded kHybrid{"mlperf_tiny/dscnn_kws12_hybrid.tflite", "speech-commands",
                               "speech_commands/kws01_mfcc_int8.bin", ""};
    constexpr float kScale = 0.5847029F; // of the recorded coefficients, whose zero point is 83
    EXPECT_EQ(float_correct(kHybrid, {.scale = kScale, .mean = {kScale * (83.0F + 128.0F)}, .deviation = {}}),
              901);
}

/// The labelled spectrograms of the streaming wake word: 30 frames of 40 bands each, bands becoming channels.
ReferenceSamples wake_words() {
    constexpr std::size_t kFrames = 30;
    constexpr std::size_t kBands = 40;
    const fs::path folder = shared_data() / "mlperf_tiny";
    const std::string bytes = read_file(folder / "sww_calibration_f32.bin").value();
    std::vector<float> frames(bytes.size() / sizeof(float));
    std::memcpy(frames.data(), bytes.data(), bytes.size());
    ReferenceSamples reference;
    for (std::size_t first = 0; first < frames.size(); first += kFrames * kBands) {
        for (std::size_t band = 0; band < kBands; ++band) {
            for (std::size_t frame = 0; frame < kFrames; ++frame) {
                reference.samples.push_back(frames[first + frame * kBands + band]);
            }
        }
    }
    std::ifstream labels(folder / "sww_calibration_labels.txt");
    for (std::int32_t label = 0; labels >> label;) reference.labels.push_back(label);
    return reference;
}

TEST(WakeWord, GivesTheRecordedCount) {
    if (!fs::exists(shared_data())) GTEST_SKIP() << "no " << shared_data() << " (TANDEM_SHARED_DATA)";
    ReferenceSamples reference = wake_words();
    ASSERT_EQ(reference.labels.size(), 45U);
    const fs::path folder = shared_data() / "mlperf_tiny";
    const ImportedNetwork floats = import_network((folder / "streaming_wakeword.onnx").string()).value();
    reference.logits = float_logits(prepare_for_deployment(floats.network), reference.samples).value();
    EXPECT_EQ(std::llround(45.0 * float_accuracy(reference)), 41);
    const ImportedNetwork integers =
        import_network((folder / "streaming_wakeword_int8.tflite").string()).value();
    const IntegerProgram program =
        lower_to_integers(prepare_for_deployment(integers.network), integers.strategy.value()).value();
    EXPECT_EQ(std::llround(45.0 * Evaluator(std::move(reference), Bytes(0)).evaluate(program).accuracy), 41);
}

// Those that have no labelled data here read and lower all the same.
TEST(QuantizedModels, AreReadWhole) {
    if (!fs::exists(shared_data())) GTEST_SKIP() << "no " << shared_data() << " (TANDEM_SHARED_DATA)";
    for (const char* name : {"mlperf_tiny/autoencoder_toycar", "mlperf_tiny/mobilenetv1_025_vww96",
                             "mlperf_tiny/streaming_wakeword", "imagenet_models/mobilenetv2_100_imagenet"}) {
        const fs::path path = shared_data() / (std::string(name) + "_int8.tflite");
        Result<ImportedNetwork> imported = import_network(path.string());
        ASSERT_TRUE(imported) << to_string(imported.error());
        const Network network = prepare_for_deployment(std::move(imported->network));
        const Result<IntegerProgram> program = lower_to_integers(network, *imported->strategy);
        EXPECT_TRUE(program) << to_string(program.error());
    }
    for (const char* name : {"autoencoder_toycar", "mobilenetv1_025_vww96"}) {
        const fs::path path = shared_data() / "mlperf_tiny" / (std::string(name) + "_float.tflite");
        const Result<ImportedNetwork> imported = import_network(path.string());
        ASSERT_TRUE(imported) << to_string(imported.error());
        EXPECT_FALSE(imported->strategy);
    }
}

} // namespace
} // namespace tandem
