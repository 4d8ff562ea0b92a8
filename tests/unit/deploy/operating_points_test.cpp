#include "tandem/deploy/c/operating_points.h"

#include <gtest/gtest.h>

#include "c_warnings.h"
#include "firmware_fixture.h"
#include "random_program.h"
#include "tandem/core/check.h"
#include "tandem/deploy/c/c_proof.h"
#include "tandem/deploy/c/c_writer.h"
#include "tandem/engine/integer_executor.h"
#include "tiny_program.h"

namespace tandem {
namespace {

/// The tiny program with other weights of 2 bits in its first layer, and another radix point of its output.
IntegerProgram narrow_program() {
    IntegerProgram program = tiny_program();
    auto& first = std::get<LayerStep>(program.steps[0]);
    first.weight_format = {2, 1, Signedness::is_signed};
    first.weights = {1, -2, 1, -1, 1, -2, 0, -2, 0, 1, 1, 1, 0, 0, 0, -2, -2, -2};
    first.bias = {25, -12};
    program.tensors[5].format.fraction_bits = 8;
    return program;
}

std::vector<OperatingPoint> two_points() {
    return {{.name = "exact", .program = tiny_program()}, {.name = "fast", .program = narrow_program()}};
}

std::string contents_of(const OperatingPoints& points, const std::string& name) {
    for (const EmittedFile& file : emit_c(points)) {
        if (file.name == name) return file.contents;
    }
    return "no file " + name;
}

std::string refusal_of(const std::vector<OperatingPoint>& points) {
    const Result<void> checked = check_operating_points(points);
    return checked ? "" : to_string(checked.error());
}

TEST(OperatingPoints, ShareTheArraysThatAreEqual) {
    const OperatingPoints points(two_points());
    const std::string weights = contents_of(points, "weights.h");
    EXPECT_NE(weights.find("_exact_weights_0[16]"), std::string::npos) << weights;
    EXPECT_NE(weights.find("_fast_weights_0[8]"), std::string::npos) << weights;
    EXPECT_NE(weights.find("_exact_weights_4[24]"), std::string::npos) << weights;
    EXPECT_EQ(weights.find("_fast_weights_4"), std::string::npos) << weights;
    EXPECT_EQ(weights.find("_fast_bias_4"), std::string::npos) << weights;
    // 94 bytes are one point's; the other adds the weights of its first layer, packed, and two biases of 4
    // bytes.
    const std::string header = contents_of(points, "network.h");
    EXPECT_NE(header.find("PARAMETER_BYTES 110\n"), std::string::npos) << header;
    EXPECT_NE(header.find("OUTPUT_FRACTION_BITS_FAST 8\n"), std::string::npos) << header;
    EXPECT_NE(header.find("NETWORK_POINTS 2\n"), std::string::npos) << header;
}

TEST(OperatingPoints, OneWithoutANameLeavesNoTraceOfAChoice) {
    const OperatingPoints points(tiny_program());
    EXPECT_FALSE(points.are_named());
    EXPECT_EQ(contents_of(points, "network.h").find("POINT"), std::string::npos);
    EXPECT_EQ(contents_of(points, "README.md").find("oint"), std::string::npos);
}

TEST(OperatingPoints, CompileWithoutWarnings) { expect_no_warnings(OperatingPoints(two_points())); }

TEST(OperatingPoints, TheLargestKeepsMostBetweenItsSteps) {
    std::vector<OperatingPoint> points = two_points();
    points[1].program.tensors[1].format.bits = 16;
    const OperatingPoints image(points);
    EXPECT_EQ(&image.largest(), &image.all()[1].program);
}

TEST(OperatingPoints, AreRefusedWhereTheyCannotShareAnImage) {
    EXPECT_EQ(refusal_of(two_points()), "");
    std::vector<OperatingPoint> points = two_points();
    points[1].name = "exact";
    EXPECT_NE(refusal_of(points).find("exact twice"), std::string::npos) << refusal_of(points);
    for (const char* name : {"", "Fast", "2", "a-b", "_a"}) {
        points[1].name = name;
        EXPECT_NE(refusal_of(points).find("begins with a letter"), std::string::npos) << name;
    }
    points = two_points();
    points[1].program.tensors[0].format = {4, 4, Signedness::is_unsigned};
    EXPECT_NE(refusal_of(points).find("point fast: input: found 1x4x4 u4.4, expected 1x4x4 u8.8"),
              std::string::npos)
        << refusal_of(points);
    points = two_points();
    points[1].program.tensors[5].format = {8, 1, Signedness::is_signed};
    EXPECT_NE(refusal_of(points).find("output: found 3 of int8_t, expected 3 of int16_t"), std::string::npos)
        << refusal_of(points);
    EXPECT_THROW(OperatingPoints{points}, InternalError);
}

TEST(OperatingPoints, ComputeOnTheHostWhatTheEngineComputes) {
    const OperatingPoints points(two_points());
    const TemporaryDirectory folder = TemporaryDirectory::create().value();
    for (const EmittedFile& file : emit_c(points)) {
        ASSERT_TRUE(write_file(folder.path() / file.name, file.contents, Existing::refuse).has_value());
    }
    constexpr std::int64_t kSamples = 12;
    constexpr std::size_t kOutputs = 3;
    const std::vector<float> samples = RandomProgram(1).samples(points.first(), kSamples);
    const IntegerValues input = quantize_input(points.first(), samples);
    std::vector<IntegerValues> outputs;
    for (const OperatingPoint& point : points.all()) {
        outputs.push_back(execute_plain(point.program, input, kSamples)[point.program.output]);
    }
    std::vector<std::int32_t> expected;
    for (std::size_t sample = 0; sample < kSamples; ++sample) {
        for (const IntegerValues& of_point : outputs) {
            for (std::size_t i = 0; i < kOutputs; ++i) expected.push_back(of_point[sample * kOutputs + i]);
        }
    }
    const Result<CProof> proof = prove_c(folder.path(), points, samples, expected);
    ASSERT_TRUE(proof.has_value()) << to_string(proof.error());
    EXPECT_EQ(proof->samples, kSamples);
    EXPECT_EQ(proof->differing_samples, 0);
    expected[2 * kOutputs * 5 + kOutputs] += 1; // the second point of the sixth sample
    EXPECT_EQ(prove_c(folder.path(), points, samples, expected)->differing_samples, 1);
}

TEST_F(Firmware, EveryOperatingPointComputesOnABoardWhatTheEngineComputes) {
    const OperatingPoints points(two_points());
    const Board& board = *find_board("mps2-an386");
    write(points, board);
    const std::vector<float> samples = RandomProgram(2).samples(points.first(), 5);
    const FirmwareProof both = prove(points, board, "-O3", samples).value();
    EXPECT_EQ(both.differing_samples, 0) << both.first_difference;
    ASSERT_EQ(both.points.size(), 2U);

    // Each counts as it does alone, but for the way to it.
    for (std::size_t i = 0; i < points.size(); ++i) {
        const IntegerProgram& program = points.all()[i].program;
        write(program, board);
        const FirmwareProof alone = prove(program, board, "-O3", samples).value();
        EXPECT_NEAR(both.points[i].mean, alone.points.front().mean, 0.02 * alone.points.front().mean + 40.0);
        ASSERT_EQ(both.points[i].steps.size(), program.steps.size());
        EXPECT_LT(alone.image.size.flash(), both.image.size.flash());
    }

    // What the second point computes is compared too.
    std::vector<OperatingPoint> other = two_points();
    std::get<LayerStep>(other[1].program.steps[4]).bias[0] += 100000;
    write(points, board);
    const FirmwareProof wrong = prove(OperatingPoints(other), board, "-O3", samples).value();
    EXPECT_EQ(wrong.differing_samples, 5);
    EXPECT_NE(wrong.first_difference.find("point fast, tensor logits"), std::string::npos)
        << wrong.first_difference;
}

} // namespace
} // namespace tandem
