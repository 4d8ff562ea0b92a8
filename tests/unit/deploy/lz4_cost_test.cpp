// What encoded weights cost on a Cortex-M4: the decoder's bytes of code, and its instructions.
#include <filesystem>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tandem/codesign/compression/group_pruning.h"
#include "tandem/core/files.h"
#include "tandem/core/process.h"
#include "tandem/core/random.h"
#include "tandem/deploy/firmware/firmware.h"
#include "tandem/engine/calibration.h"
#include "tandem/engine/integer_program.h"
#include "tandem/machine/microcontroller/encoded_weights.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/network/rewrites/rewrites.h"

namespace tandem {
namespace {

class Lz4Cost : public testing::Test {
  protected:
    void SetUp() override {
        for (const char* program : {"arm-none-eabi-gcc", "arm-none-eabi-nm", "qemu-system-arm"}) {
            if (find_program(program).empty()) GTEST_SKIP() << program << " is not installed";
        }
        Random random(5);
        for (float& value : samples_) value = static_cast<float>(random.uniform());
        prune(/*group=*/8, /*sparsity=*/0.75);
    }

    /// The weights of a trained network, pruned as encoding-aware sparse training prunes them.
    void prune(std::size_t group, double sparsity) {
        const Network trained = load_onnx(TANDEM_SOURCE_DIR "/networks/resnet8-fashion.onnx").value();
        const Network network =
            prepare_for_deployment(masked(trained, prune_groups(trained, group, sparsity)));
        const Calibration calibration = calibrate(network, samples_, {8}).value();
        program_ = lower_to_integers(network,
                                     apply_calibration(uniform_strategy(network, 8, 8), network, calibration))
                       .value();
    }

    void write(WeightStorage storage) {
        for (const EmittedFile& file : emit_firmware(program_, board_, storage)) {
            ASSERT_TRUE(write_file(folder_.path() / file.name, file.contents, Existing::replace).has_value());
        }
    }

    double instructions(WeightStorage storage) {
        write(storage);
        Progress silent;
        const FirmwareProof proof =
            prove_firmware(folder_.path(), board_, "-O3", program_, samples_, silent).value();
        EXPECT_EQ(proof.differing_samples, 0);
        return proof.points.front().mean;
    }

    std::vector<float> samples_ = std::vector<float>(2 * 28 * 28);
    IntegerProgram program_;
    const Board& board_ = *find_board("mps2-an386");
    TemporaryDirectory folder_ = TemporaryDirectory::create().value();
};

TEST_F(Lz4Cost, TheDecoderTakesLessThanTwoHundredBytes) {
    write(WeightStorage::lz4);
    const std::filesystem::path workplace = folder_.path() / "build";
    for (const char* optimization : {"-Os", "-O2", "-O3"}) {
        std::filesystem::create_directories(workplace);
        const Image image =
            build_firmware(folder_.path(), board_, optimization, Tracing::none, folder_.path() / "build")
                .value();
        const FinishedProcess symbols =
            run_process({"arm-none-eabi-nm", "--print-size", "--radix=d", image.file.string()}).value();
        std::istringstream lines(symbols.output);
        std::int64_t bytes = 0;
        for (std::string line; std::getline(lines, line);) {
            if (line.find("tandem_decode_lz4") == std::string::npos) continue;
            std::int64_t address = 0;
            std::istringstream(line) >> address >> bytes;
        }
        EXPECT_GT(bytes, 0) << optimization;
        EXPECT_LT(bytes, 200) << optimization;
        std::filesystem::remove_all(workplace);
    }
}

/// What pruning makes of the weights: groups of neighbours that are zero together, and the share of zeros.
struct Pruning {
    std::size_t group = 1;
    double sparsity = 0.0;
};

class Lz4CostOf : public Lz4Cost, public testing::WithParamInterface<Pruning> {};

TEST_P(Lz4CostOf, AByteTakesLessThanSixInstructions) {
    prune(GetParam().group, GetParam().sparsity);
    std::int64_t decoded = 0;
    for (const Step& step : program_.steps) {
        const auto* layer = std::get_if<LayerStep>(&step);
        if (layer == nullptr) continue;
        const std::optional<EncodedWeights> encoded = encode_weights(c_layer_parameters(program_, *layer));
        if (encoded) decoded += encoded->decoded.value;
    }
    ASSERT_GT(decoded, 60'000);
    const double plain = instructions(WeightStorage::plain);
    const double encoded = instructions(WeightStorage::lz4);
    RecordProperty("instructions_a_byte", std::to_string((encoded - plain) / static_cast<double>(decoded)));
    EXPECT_GT(encoded, plain);
    EXPECT_LT((encoded - plain) / static_cast<double>(decoded), 6.0);
}

// The more and the shorter its runs the more a byte takes, until weight_block writes some of them out: half
// of all weights one by one, and pairs, would take 7.3 and 6.1.
INSTANTIATE_TEST_SUITE_P(Prunings, Lz4CostOf,
                         testing::Values(Pruning{1, 0.5}, Pruning{1, 0.8}, Pruning{2, 0.5}, Pruning{8, 0.75}),
                         [](const auto& pruning) {
                             return fmt::format("GroupsOf{}AndZeros{:.0f}Percent", pruning.param.group,
                                                100.0 * pruning.param.sparsity);
                         });

} // namespace
} // namespace tandem
