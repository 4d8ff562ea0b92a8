// Whole networks on every board, on real images and at the edges of their inputs: every step's output
// equals the engine's, the stack stays below its bound, and images have the sizes that were foretold. The
// networks and data beyond Fashion-MNIST are in TANDEM_SHARED_DATA.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <numeric>

#include <gtest/gtest.h>

#include "../shared_data.h"
#include "../unit/deploy/code_size_rows.h"
#include "../unit/deploy/edge_programs.h"
#include "../unit/deploy/estimated_image.h"
#include "../unit/deploy/instruction_rows.h"
#include "../unit/deploy/kept_rows.h"
#include "../unit/deploy/sections_of.h"
#include "tandem/codesign/experiment.h"
#include "tandem/core/files.h"
#include "tandem/core/process.h"
#include "tandem/deploy/firmware/firmware.h"
#include "tandem/engine/calibration.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// A network, the data it is scored on, and the width of its weights.
struct Case {
    const char* name;
    const char* network; ///< in the project, or in the shared data
    const char* dataset;
    const char* data; ///< in the shared data; empty: where the data set's package puts it
    Normalization normalization;
    int weight_bits;
    std::int64_t images;
};

const std::vector<Case>& cases() {
    static const std::vector<Case> kCases{
        {"resnet8_fashion_8", "networks/resnet8-fashion.onnx", "fashion-mnist", "", {}, 8, 100},
        {"resnet8_fashion_4", "networks/resnet8-fashion.onnx", "fashion-mnist", "", {}, 4, 10},
        {"resnet8_fashion_2", "networks/resnet8-fashion.onnx", "fashion-mnist", "", {}, 2, 10},
        {"resnet8_fashion_16", "networks/resnet8-fashion.onnx", "fashion-mnist", "", {}, 16, 5},
        {"resnet8_cifar10", "mlperf_tiny/resnet8_cifar10.onnx", "cifar10", "cifar10", {1.0F, {}, {}}, 8, 10},
        {"dscnn_keywords",
         "mlperf_tiny/dscnn_kws12.onnx",
         "speech-commands",
         "speech_commands/kws01_mfcc_int8.bin",
         {0.5847029F, {123.3723F}, {}},
         8,
         100}};
    return kCases;
}

constexpr std::int64_t kCalibration = 64;

/// The network in integers, and what it is run on: images, and both extremes everywhere.
struct Prepared {
    IntegerProgram program;
    std::vector<float> samples;
};

std::optional<Prepared> prepare(const Case& given) {
    const fs::path in_project = fs::path(TANDEM_SOURCE_DIR) / given.network;
    const fs::path network = fs::exists(in_project) ? in_project : shared_data() / given.network;
    if (!fs::exists(network)) return std::nullopt;
    DataOptions data;
    data.dataset = given.dataset;
    data.normalization = given.normalization;
    if (*given.data != '\0') data.directory = (shared_data() / given.data).string();
    const Experiment experiment = load_experiment(network.string(), data).value();
    std::vector<std::int64_t> indices(static_cast<std::size_t>(given.images + kCalibration));
    std::iota(indices.begin(), indices.end(), 0);
    std::vector<float> images = reference_samples(experiment, indices).value().samples;
    const std::size_t image = images.size() / indices.size();
    const std::size_t taken = static_cast<std::size_t>(given.images) * image;
    const std::span<const float> calibration(images.data() + taken, kCalibration * image);
    const Strategy strategy = apply_calibration(
        uniform_strategy(experiment.network, given.weight_bits, given.weight_bits == 16 ? 16 : 8),
        experiment.network, calibrate(experiment.network, calibration, {given.weight_bits, 8, 16}).value());
    images.resize(taken);
    images.insert(images.end(), image, 1e9F);
    images.insert(images.end(), image, -1e9F);
    return Prepared{lower_to_integers(experiment.network, strategy).value(), std::move(images)};
}

bool is_installed(const Board& board) {
    const Toolchain& toolchain = *find_target(board.target)->toolchain;
    return !find_program(std::string(toolchain.compiler)).empty() &&
           !find_program(std::string(toolchain.emulator)).empty();
}

void write(const fs::path& folder, const IntegerProgram& program, const Board& board) {
    for (const EmittedFile& file : emit_firmware(program, board)) {
        ASSERT_TRUE(write_file(folder / file.name, file.contents, Existing::replace).has_value());
    }
}

/// Whether a program goes through the deepest calls of its kernels. One of a single odd step may not, so its
/// stack's bound, over all calls that are compiled, may lie further above what was painted.
enum class Calls { deepest, some };

/// Runs it and compares every step; skips where it does not fit.
void expect_equal(const IntegerProgram& program, std::span<const float> samples, const Board& board,
                  const char* optimization, Calls calls) {
    const TemporaryDirectory folder = TemporaryDirectory::create().value();
    write(folder.path(), program, board);
    Progress silent;
    const Result<FirmwareProof> proof =
        prove_firmware(folder.path(), board, optimization, program, samples, silent);
    ASSERT_TRUE(proof.has_value()) << to_string(proof.error());
    if (proof->image.overflow) {
        EXPECT_EQ(board.name, "microbit")
            << proof->image.overflow->needed.value << " bytes of " << proof->image.overflow->memory;
        GTEST_SKIP() << "needs " << proof->image.overflow->needed.value << " bytes of "
                     << proof->image.overflow->memory;
    }
    EXPECT_EQ(proof->differing_samples, 0) << proof->first_difference;
    EXPECT_LE(proof->stack, proof->image.stack_bound);
    if (calls == Calls::deepest) {
        EXPECT_LE(proof->image.stack_bound, proof->stack + Bytes(128));
        const double estimate = estimate_image(program, board).instructions();
        EXPECT_NEAR(estimate / proof->points.front().mean, 1.0, 0.06)
            << estimate << " for " << proof->points.front().mean;
    }
}

std::string with_underscores(std::string name) {
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
}

class NetworkOn : public testing::TestWithParam<std::tuple<Case, Board>> {};

TEST_P(NetworkOn, EqualsTheEngineStepByStep) {
    const auto& [given, board] = GetParam();
    if (!is_installed(board)) GTEST_SKIP() << "the tools for " << board.name << " are not installed";
    const std::optional<Prepared> prepared = prepare(given);
    if (!prepared) GTEST_SKIP() << given.network << " is not there";
    expect_equal(prepared->program, prepared->samples, board, "-O3", Calls::deepest);
}

INSTANTIATE_TEST_SUITE_P(Boards, NetworkOn,
                         testing::Combine(testing::ValuesIn(cases()), testing::ValuesIn(known_boards())),
                         [](const auto& test) {
                             return with_underscores(std::string(std::get<0>(test.param).name) + "_on_" +
                                                     std::string(std::get<1>(test.param).name));
                         });

class EdgesOn : public testing::TestWithParam<std::tuple<EdgeProgram, Board>> {};

TEST_P(EdgesOn, EqualTheEngine) {
    const auto& [edge, board] = GetParam();
    if (!is_installed(board)) GTEST_SKIP() << "the tools for " << board.name << " are not installed";
    std::vector<float> samples = RandomProgram(1).samples(edge.program, 4);
    const auto elements = static_cast<std::size_t>(edge.program.tensors[0].extents.elements());
    samples.insert(samples.end(), elements, 1e9F);
    samples.insert(samples.end(), elements, -1e9F);
    expect_equal(edge.program, samples, board, "-O2", Calls::some);
}

INSTANTIATE_TEST_SUITE_P(Boards, EdgesOn,
                         testing::Combine(testing::ValuesIn(edge_programs()),
                                          testing::ValuesIn(known_boards())),
                         [](const auto& test) {
                             return with_underscores(std::get<0>(test.param).name + "_on_" +
                                                     std::string(std::get<1>(test.param).name));
                         });

class SizesOf : public testing::TestWithParam<Case> {};

TEST_P(SizesOf, AreForetoldForEveryTargetAndLevel) {
    const std::optional<Prepared> prepared = prepare(GetParam());
    if (!prepared) GTEST_SKIP() << GetParam().network << " is not there";
    for (const Target& target : known_targets()) {
        Board board = *find_board(target.default_board);
        if (!is_installed(board)) continue;
        // What does not fit has sizes too.
        board.flash.size = Bytes(std::int64_t{1} << 22);
        board.ram.size = Bytes(std::int64_t{1} << 22);
        const TemporaryDirectory folder = TemporaryDirectory::create().value();
        write(folder.path(), prepared->program, board);
        for (const char* optimization : {"-O1", "-O2", "-O3", "-Os"}) {
            const TemporaryDirectory workplace = TemporaryDirectory::create().value();
            const Result<Image> image =
                build_firmware(folder.path(), board, optimization, Tracing::none, workplace.path());
            ASSERT_TRUE(image.has_value()) << to_string(image.error());
            EXPECT_EQ(sections_of(*image, board), image->size.layout) << target.name << optimization;
            if (std::string_view(optimization) != "-O3") continue;
            expect_estimate_of(*image, estimate_image(prepared->program, board), target.name);
        }
    }
}

/// ResNet-8 with a scale a tensor and a channel.
IntegerProgram scaled_resnet8(RequantizationKind requantization) {
    const fs::path network = fs::path(TANDEM_SOURCE_DIR) / "networks/resnet8-fashion.onnx";
    DataOptions data;
    data.calibration = kCalibration;
    const Experiment experiment = load_experiment(network.string(), data).value();
    const Strategy strategy = calibrate_scales(experiment, uniform_strategy(experiment.network, 8, 8),
                                               {.is_per_channel = true, .requantization = requantization})
                                  .value();
    return lower_to_integers(experiment.network, strategy).value();
}

class ScaledSizes : public testing::TestWithParam<RequantizationKind> {};

TEST_P(ScaledSizes, AreEstimatedForEveryTarget) {
    const IntegerProgram program = scaled_resnet8(GetParam());
    for (const Target& target : known_targets()) {
        Board board = *find_board(target.default_board);
        if (!is_installed(board)) GTEST_SKIP() << "the tools for " << board.name << " are not installed";
        board.flash.size = board.ram.size = Bytes(std::int64_t{1} << 22);
        const TemporaryDirectory folder = TemporaryDirectory::create().value();
        write(folder.path(), program, board);
        const TemporaryDirectory workplace = TemporaryDirectory::create().value();
        const Result<Image> image =
            build_firmware(folder.path(), board, "-O3", Tracing::none, workplace.path());
        ASSERT_TRUE(image.has_value()) << to_string(image.error());
        expect_estimate_of(*image, estimate_image(program, board), target.name);
    }
}

INSTANTIATE_TEST_SUITE_P(Rules, ScaledSizes,
                         testing::Values(RequantizationKind::floating, RequantizationKind::multiplier_once,
                                         RequantizationKind::multiplier_twice));

TEST(CodeSizes, AreWhatTheCompilersMakeOfEachPart) {
    const bool is_updating = std::getenv("TANDEM_UPDATE_GOLDENS") != nullptr;
    std::string table = "target,part,flash_bytes,ram_bytes,stack_bytes,library\n";
    for (const Target& target : known_targets()) {
        if (find_program(std::string(target.toolchain->compiler)).empty()) {
            GTEST_SKIP() << target.toolchain->compiler_package << " is not installed";
        }
        const std::vector<std::string> rows = PartCompiler(target).rows();
        for (const std::string& row : rows) table += row + "\n";
        if (!is_updating) {
            EXPECT_EQ(rows, kept_rows(kCodeSizesFile, target.name));
        }
    }
    if (is_updating) {
        ASSERT_TRUE(write_file(TANDEM_SOURCE_DIR + std::string(kCodeSizesFile), table, Existing::replace));
    }
}

TEST(InstructionCounts, AreWhatTheEmulatorsCount) {
    // Of one processor, which takes minutes; of all where the table is written anew.
    const bool is_updating = std::getenv("TANDEM_UPDATE_GOLDENS") != nullptr;
    std::string table = "target,work,instructions\n";
    for (const Target& target : known_targets()) {
        if (!is_updating && target.name != "cortex-m4") continue;
        if (!is_installed(*find_board(target.default_board))) {
            GTEST_SKIP() << "the tools for " << target.name << " are not installed";
        }
        const std::vector<std::string> rows = instruction_rows(target);
        for (const std::string& row : rows) table += row + "\n";
        if (!is_updating) {
            EXPECT_EQ(rows, kept_rows(kInstructionCountsFile, target.name));
        }
    }
    if (is_updating) {
        ASSERT_TRUE(
            write_file(TANDEM_SOURCE_DIR + std::string(kInstructionCountsFile), table, Existing::replace));
    }
}

INSTANTIATE_TEST_SUITE_P(Networks, SizesOf, testing::ValuesIn(cases()),
                         [](const auto& test) { return std::string(test.param.name); });

} // namespace
} // namespace tandem
