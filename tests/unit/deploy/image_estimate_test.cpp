#include "tandem/machine/microcontroller/image_estimate.h"

#include <sstream>

#include <gtest/gtest.h>

#include "code_size_rows.h"
#include "estimated_image.h"
#include "kept_rows.h"
#include "random_program.h"
#include "scaled_program.h"
#include "tandem/core/files.h"
#include "tandem/deploy/firmware/firmware.h"

namespace tandem {
namespace {

bool is_installed(const Target& target) {
    return !find_program(std::string(target.toolchain->compiler)).empty();
}

TEST(CodeSizes, AreWhatTheCompilerMakesOfEachPart) {
    // Of one target here; `make slow` has them all, and writes the table with TANDEM_UPDATE_GOLDENS=1.
    const Target& target = *find_target("cortex-m4");
    if (!is_installed(target)) GTEST_SKIP() << "gcc-arm-none-eabi is not installed";
    EXPECT_EQ(PartCompiler(target).rows(), kept_rows(kCodeSizesFile, target.name));
}

TEST(CodeSizes, OfTheKernelsThatAProgramNeeds) {
    const NumberFormat byte{.bits = 8, .fraction_bits = 4, .signedness = Signedness::is_signed};
    EXPECT_EQ(kernel_parts(in_place_program(12, byte), WeightStorage::plain),
              (std::vector<std::string>{"average_pool", "depthwise", "flatten", "layer_4", "max_pool"}));
}

/// On a board of a processor without multipliers of two halves, and one with.
void expect_estimates(const IntegerProgram& program) {
    for (const char* name : {"microbit", "mps2-an386"}) {
        const Board& board = *find_board(name);
        if (!is_installed(*find_target(board.target))) GTEST_SKIP() << "gcc-arm-none-eabi is not installed";
        const TemporaryDirectory folder = TemporaryDirectory::create().value();
        for (const EmittedFile& file : emit_firmware(program, board)) {
            ASSERT_TRUE(write_file(folder.path() / file.name, file.contents, Existing::refuse).has_value());
        }
        const TemporaryDirectory workplace = TemporaryDirectory::create().value();
        const Image image =
            build_firmware(folder.path(), board, "-O3", Tracing::none, workplace.path()).value();
        expect_estimate_of(image, estimate_image(program, board), name);
    }
}

TEST(EstimateSize, IsTheImageButForTwoPercentOfItsCode) {
    const NumberFormat byte{.bits = 8, .fraction_bits = 4, .signedness = Signedness::is_signed};
    expect_estimates(in_place_program(12, byte));
    expect_estimates(RandomProgram(11).draw(/*steps=*/12));
}

class EstimateScaledSize : public testing::TestWithParam<ScaleArithmetic> {};

TEST_P(EstimateScaledSize, IsTheImageButForTwoPercentOfItsCode) {
    for (const std::uint64_t seed : {1U, 2U}) {
        Random random(seed);
        const std::optional<IntegerProgram> program = scaled_program(random, GetParam(), /*steps=*/10);
        ASSERT_TRUE(program) << "seed " << seed;
        SCOPED_TRACE(seed);
        expect_estimates(*program);
    }
}

INSTANTIATE_TEST_SUITE_P(Arithmetics, EstimateScaledSize,
                         testing::Values(ScaleArithmetic::factors, ScaleArithmetic::multiplied_once,
                                         ScaleArithmetic::multiplied_twice));

} // namespace
} // namespace tandem
