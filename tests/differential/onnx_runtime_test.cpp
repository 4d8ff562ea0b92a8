// The float engine against ONNX Runtime, on every operator's example and on trained networks with real
// images, where both are at hand: onnxruntime-node from tests/onnxruntime (tools/setup test), and the
// networks in TANDEM_SHARED_DATA.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <numeric>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gtest/gtest.h>

#include "../shared_data.h"
#include "conformance/operator_examples.h"
#include "tandem/core/files.h"
#include "tandem/data/cifar10.h"
#include "tandem/engine/float_executor.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/network/rewrites/rewrites.h"
#include "unit/network/onnx/exported_recurrent.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

const fs::path kScript = fs::path(TANDEM_SOURCE_DIR) / "tests" / "onnxruntime" / "compare.mjs";
const fs::path kPackages = fs::path(TANDEM_SOURCE_DIR) / "build" / "onnxruntime";

bool has_runtime() { return fs::is_directory(kPackages / "node_modules" / "onnxruntime-node"); }

void write_floats(const fs::path& path, const std::vector<float>& values) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(values.data()),
               static_cast<std::streamsize>(values.size() * sizeof(float)));
}

/// Models with inputs and our outputs, gathered in a folder for one run of ONNX Runtime.
class Comparison {
  public:
    Comparison() : folder_(TemporaryDirectory::create().value()) {}

    /// `bytes` is the model that ONNX Runtime gets, `network` the one we run.
    void add(const std::string& name, const std::string& bytes, const Network& network,
             const std::vector<float>& input, std::int64_t samples) {
        const fs::path& folder = folder_.path();
        std::ofstream(folder / (name + ".onnx"), std::ios::binary) << bytes;
        write_floats(folder / (name + ".input"), input);
        write_floats(folder / (name + ".output"), FloatExecutor::create(network).value().run(input, samples));
        Shape dims = network.shape(network.inputs.front());
        dims.front() = samples;
        std::ofstream(folder / (name + ".json")) << fmt::format(
            "{{\"inputs\": [{{\"name\": \"{}\", \"dims\": [{}], \"file\": \"{}.input\"}}], "
            "\"outputs\": [{{\"name\": \"{}\", \"file\": \"{}.output\"}}]}}",
            network.inputs.front(), fmt::join(dims, ", "), name, network.outputs.front(), name);
        ++models_;
    }

    /// Expects every difference to be at most 1e-4 of the model's largest output.
    void expect_agreement() {
        const fs::path report = folder_.path() / "report";
        const std::string command = fmt::format("node '{}' '{}' '{}' > '{}'", kScript.string(),
                                                folder_.path().string(), kPackages.string(), report.string());
        ASSERT_EQ(std::system(command.c_str()), 0) << command;
        std::ifstream lines(report);
        std::size_t compared = 0;
        for (std::string line; std::getline(lines, line); ++compared) {
            std::istringstream words(line);
            std::string name;
            double difference = 0.0;
            double largest = 0.0;
            const bool is_measured = static_cast<bool>(words >> name >> difference >> largest);
            EXPECT_TRUE(is_measured && difference <= 1e-4 * largest) << line;
            std::printf("%s\n", line.c_str());
        }
        EXPECT_EQ(compared, models_);
    }

  private:
    TemporaryDirectory folder_;
    std::size_t models_ = 0;
};

TEST(OnnxRuntime, AgreesOnEveryOperator) {
    if (!has_runtime()) GTEST_SKIP() << "no onnxruntime-node: tools/setup test installs it";
    Comparison comparison;
    for (const auto& [type, sketch] : operator_examples()) {
        const Network network = sketch::drawn(sketch);
        comparison.add(type, emit_onnx(network), network, example_input(network, 2), 2);
    }
    comparison.expect_agreement();
}

TEST(OnnxRuntime, AgreesOnRecurrentNetworksAsTheyAreExported) {
    if (!has_runtime()) GTEST_SKIP() << "no onnxruntime-node: tools/setup test installs it";
    const std::string bytes = exported_recurrent().SerializeAsString();
    const Network network = parse_onnx(bytes, "exported").value();
    const std::vector<float> input = example_input(network, 3);
    Comparison comparison;
    comparison.add("exported", bytes, network, input, 3);
    comparison.add("written", emit_onnx(network), network, input, 3);
    comparison.expect_agreement();
}

/// The first test images of CIFAR-10 brought to an input's channels and extents: pixels repeated or left out,
/// one channel their red.
std::vector<float> pictures(const Images& images, const Shape& input, std::int64_t samples) {
    const Shape shape = input.size() == 4 ? input : Shape{kBatch, 1, 1, elements_per_sample(input)};
    std::vector<float> values;
    for (std::int64_t n = 0; n < samples; ++n) {
        for (std::int64_t i = 0; i < elements_per_sample(shape); ++i) {
            const std::int64_t column = i % shape[3] * images.columns / shape[3];
            const std::int64_t row = i / shape[3] % shape[2] * images.rows / shape[2];
            const std::int64_t channel = i / shape[3] / shape[2] % images.channels;
            const std::int64_t place =
                ((n * images.channels + channel) * images.rows + row) * images.columns + column;
            values.push_back((static_cast<float>(images.pixels[static_cast<std::size_t>(place)]) - 120.0F) /
                             64.0F);
        }
    }
    return values;
}

TEST(OnnxRuntime, AgreesOnTrainedNetworks) {
    if (!has_runtime()) GTEST_SKIP() << "no onnxruntime-node: tools/setup test installs it";
    const Result<Dataset> cifar = load_cifar10((shared_data() / "cifar10").string());
    if (!cifar) GTEST_SKIP() << "no trained networks: set TANDEM_SHARED_DATA to the folder that holds them";
    std::vector<fs::path> paths;
    for (const auto& entry : fs::recursive_directory_iterator(shared_data())) {
        if (entry.path().extension() == ".onnx") paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    ASSERT_FALSE(paths.empty());
    Comparison comparison;
    for (const fs::path& path : paths) {
        const Network network = load_onnx(path.string()).value();
        const Shape& input = network.shape(network.inputs.front());
        const std::int64_t samples = elements_per_sample(input) > 10'000 ? 16 : 256;
        const std::vector<float> images = pictures(cifar->test, input, samples);
        // The file itself, and what we write of it.
        comparison.add(path.stem().string(), read_file(path).value(), prepare_for_deployment(network), images,
                       samples);
        comparison.add(path.stem().string() + ".written", emit_onnx(prepare_for_deployment(network)), network,
                       images, samples);
    }
    comparison.expect_agreement();
}

} // namespace
} // namespace tandem
