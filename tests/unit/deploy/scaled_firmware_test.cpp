// Images of programs with scales, on QEMU: float factors by the library's software or the processor, and
// multipliers.
#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "firmware_fixture.h"
#include "scaled_program.h"

namespace tandem {
namespace {

struct ScaledBuild {
    const char* board;
    ScaleArithmetic arithmetic;
    std::string name;
};

class ScaledFirmware : public Firmware, public testing::WithParamInterface<ScaledBuild> {};

TEST_P(ScaledFirmware, EqualsTheEngineStepByStep) {
    const Board& board = *find_board(GetParam().board);
    need(board);
    if (IsSkipped()) return;
    Random random = Random(7).fork("scales", 1);
    const auto program = scaled_program(random, GetParam().arithmetic, /*steps=*/8);
    ASSERT_TRUE(program.has_value());
    write(*program, board);
    const std::vector<float> samples = scaled_samples(random, program->tensors[program->input], 6);
    const Result<FirmwareProof> proof = prove(*program, board, "-O3", samples);
    ASSERT_TRUE(proof.has_value()) << to_string(proof.error());
    ASSERT_FALSE(proof->image.overflow.has_value()) << proof->image.overflow->memory;
    EXPECT_EQ(proof->samples, 6);
    EXPECT_EQ(proof->differing_samples, 0) << proof->first_difference;
    EXPECT_LE(proof->stack, proof->image.stack_bound);
    EXPECT_LE(proof->image.stack_bound, proof->stack + Bytes(128));
}

std::vector<ScaledBuild> scaled_builds() {
    constexpr std::array<std::pair<ScaleArithmetic, const char*>, 3> kArithmetics{
        {{ScaleArithmetic::factors, "Factors"},
         {ScaleArithmetic::multiplied_once, "MultipliedOnce"},
         {ScaleArithmetic::multiplied_twice, "MultipliedTwice"}}};
    std::vector<ScaledBuild> builds;
    for (const char* board : {"microbit", "mps2-an385", "mps2-an386", "mps3-an547", "virt-rv32"}) {
        for (const auto& [arithmetic, word] : kArithmetics) {
            std::string name = std::string(board) + word;
            std::erase(name, '-');
            builds.push_back({board, arithmetic, std::move(name)});
        }
    }
    return builds;
}

INSTANTIATE_TEST_SUITE_P(Boards, ScaledFirmware, testing::ValuesIn(scaled_builds()),
                         [](const auto& build) { return build.param.name; });

} // namespace
} // namespace tandem
