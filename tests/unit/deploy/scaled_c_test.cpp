// Generated C of programs with scales, compiled for the host and compared with the plain engine.
#include <span>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "c_warnings.h"
#include "scaled_program.h"
#include "tandem/core/files.h"
#include "tandem/deploy/c/c_proof.h"
#include "tandem/deploy/c/c_writer.h"
#include "tandem/engine/integer_executor.h"
#include "tiny_program.h"

namespace tandem {
namespace {

std::vector<std::int32_t> plain_outputs(const IntegerProgram& program, std::span<const float> samples,
                                        std::int64_t count) {
    const IntegerValues output =
        execute_plain(program, quantize_input(program, samples), count)[program.output];
    std::vector<std::int32_t> integers;
    for (std::size_t i = 0; i < output.size(); ++i) integers.push_back(output[i]);
    return integers;
}

void expect_equal_c(const IntegerProgram& program, std::span<const float> samples, std::int64_t count) {
    const Result<TemporaryDirectory> folder = TemporaryDirectory::create();
    ASSERT_TRUE(folder.has_value());
    ASSERT_TRUE(check_emittable_in_c(program).has_value());
    for (const EmittedFile& file : emit_c(program)) {
        ASSERT_TRUE(write_file(folder->path() / file.name, file.contents, Existing::refuse).has_value());
    }
    const Result<CProof> proof =
        prove_c(folder->path(), program, samples, plain_outputs(program, samples, count));
    ASSERT_TRUE(proof.has_value()) << to_string(proof.error());
    EXPECT_EQ(proof->samples, count);
    EXPECT_EQ(proof->differing_samples, 0);
}

struct ScaledCase {
    ScaleArithmetic arithmetic;
    int seed;
};

class ProveScaledC : public testing::TestWithParam<ScaledCase> {};

TEST_P(ProveScaledC, EqualsThePlainEngine) {
    constexpr std::int64_t kSamples = 24;
    const auto [arithmetic, seed] = GetParam();
    Random random = Random(5).fork("scales", static_cast<std::uint64_t>(seed));
    const auto program = scaled_program(random, arithmetic, /*steps=*/8);
    ASSERT_TRUE(program.has_value());
    expect_equal_c(*program, scaled_samples(random, program->tensors[program->input], kSamples), kSamples);
}

TEST(ScaledC, CompilesWithoutWarnings) {
    for (const ScaleArithmetic arithmetic :
         {ScaleArithmetic::factors, ScaleArithmetic::multiplied_once, ScaleArithmetic::multiplied_twice}) {
        Random random(1);
        const auto program = scaled_program(random, arithmetic, /*steps=*/16);
        ASSERT_TRUE(program.has_value());
        expect_no_warnings(*program);
    }
}

std::vector<ScaledCase> scaled_cases() {
    std::vector<ScaledCase> cases;
    for (const ScaleArithmetic arithmetic :
         {ScaleArithmetic::factors, ScaleArithmetic::multiplied_once, ScaleArithmetic::multiplied_twice}) {
        for (int seed = 0; seed < 10; ++seed) cases.push_back({arithmetic, seed});
    }
    return cases;
}

// The case's index is the parameter: ten seeds of factors, of multipliers rounded once, of those rounded
// twice.
INSTANTIATE_TEST_SUITE_P(Seeds, ProveScaledC, testing::ValuesIn(scaled_cases()));

TEST(EmitScaledC, SaysHowItsIntegersStandForValues) {
    Random random(1);
    const auto program = with_random_scales(random, tiny_program(), ScaleArithmetic::factors);
    ASSERT_TRUE(program.has_value());
    std::string header;
    for (const EmittedFile& file : emit_c(*program)) {
        if (file.name == "network.h") header = file.contents;
    }
    EXPECT_NE(header.find("_INPUT_SCALE 0x"), std::string::npos) << header;
    EXPECT_NE(header.find("_OUTPUT_ZERO_POINT "), std::string::npos) << header;
    EXPECT_EQ(header.find("FRACTION_BITS"), std::string::npos) << header;
}

TEST(EmitScaledC, TakesOneKindOfArithmeticInAProgram) {
    Random random(1);
    IntegerProgram program = *with_random_scales(random, RandomProgram(3).draw(6), ScaleArithmetic::factors);
    bool is_first = true;
    for (Step& step : program.steps) {
        auto* const layer = std::get_if<LayerStep>(&step);
        if (layer == nullptr) continue;
        if (is_first) {
            layer->requantization =
                MultiplierRequantization{.multipliers = {fixed_point_multiplier(0.25)}, .rounding = {}};
        }
        is_first = false;
    }
    const Result<void> refused = check_emittable_in_c(program);
    ASSERT_FALSE(refused.has_value());
    EXPECT_NE(to_string(refused.error()).find("scales that are applied in two ways"), std::string::npos)
        << to_string(refused.error());
}

} // namespace
} // namespace tandem
