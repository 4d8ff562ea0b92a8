// The products that RTL is tried with are the engine's; the files are whole and the same every time.
// That the RTL computes them is the business of tests/rtl.
#include "tandem/deploy/rtl/rtl_writer.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "tandem/deploy/rtl/unit_writer.h"
#include "tandem/deploy/rtl/vectors.h"
#include "tandem/engine/integer_executor.h"
#include "tandem/machine/bitserial/bismo.h"

namespace tandem {
namespace {

/// One column of a product as a dense layer whose bias is what the product should be, negated: the
/// engine's exact accumulator is then 0 in every channel, whatever its size.
std::vector<std::int32_t> engine_differences(const TrialProduct& trial, std::int64_t column) {
    const auto signedness = [](bool is_signed) {
        return is_signed ? Signedness::is_signed : Signedness::is_unsigned;
    };
    const NumberFormat input{static_cast<int>(trial.shape.right_bits), 0, signedness(trial.is_right_signed)};
    IntegerProgram program;
    program.name = "product";
    program.tensors = {{"input", {.channels = trial.shape.k}, input},
                       {"output", {.channels = trial.shape.m}, {16, 0, Signedness::is_signed}}};
    program.output = 1;
    LayerStep step;
    step.layer = "product";
    step.output = 1;
    step.input_format = input;
    step.weight_format = {static_cast<int>(trial.shape.left_bits), 0, signedness(trial.is_left_signed)};
    for (const std::int32_t weight : trial.left) step.weights.push_back(static_cast<std::int16_t>(weight));
    for (std::int64_t row = 0; row < trial.shape.m; ++row) {
        step.bias.push_back(-trial.results[static_cast<std::size_t>(row * trial.shape.n + column)]);
    }
    step.clamp = {-32768, 32767};
    program.steps = {step};
    IntegerValues values(input, static_cast<std::size_t>(trial.shape.k));
    for (std::int64_t i = 0; i < trial.shape.k; ++i) {
        values.set(static_cast<std::size_t>(i),
                   trial.right[static_cast<std::size_t>(column * trial.shape.k + i)]);
    }
    const IntegerValues output = execute_plain(program, values, 1)[1];
    std::vector<std::int32_t> differences;
    for (std::size_t i = 0; i < output.size(); ++i) differences.push_back(output[i]);
    return differences;
}

TEST(TrialProducts, AreWhatTheEngineMultiplies) {
    const auto products = make_trial_products(bitserial::bismo(2, 3, 32, 24, 48), 5);
    ASSERT_EQ(products.size(), 8U * 8U * 4U);
    for (const TrialProduct& trial : products) {
        for (std::int64_t column = 0; column < trial.shape.n; ++column) {
            const auto differences = engine_differences(trial, column);
            ASSERT_TRUE(std::all_of(differences.begin(), differences.end(), [](int d) { return d == 0; }))
                << trial.shape.left_bits << " x " << trial.shape.right_bits << " bits, column " << column;
        }
    }
}

TEST(TrialProducts, FillTilesAndLeaveThemUnfilled) {
    const bitserial::Description machine = bitserial::bismo(2, 3, 32, 64, 64);
    std::set<std::int64_t> rests;
    std::set<std::int64_t> tiles;
    for (const TrialProduct& trial : make_trial_products(machine, 1)) {
        rests.insert(trial.shape.m % 2 + 10 * (trial.shape.n % 3) + 100 * (trial.shape.k % 32));
        tiles.insert(bitserial::tiles_of(trial.shape, machine.array).columns);
        EXPECT_EQ(trial.cycles, bitserial::compute_cycles(trial.shape, machine.array));
        EXPECT_FALSE(bitserial::find_misfit(
            {.m = 1, .k = trial.shape.k, .n = 1, .left_bits = 1, .right_bits = 1}, machine));
    }
    EXPECT_GE(rests.size(), 8U);
    EXPECT_TRUE(tiles.contains(3));
}

TEST(TrialProducts, LeaveOutWidthsWhosePlanesDoNotFit) {
    for (const TrialProduct& trial : make_trial_products(bitserial::bismo(2, 2, 32, 4, 64), 1)) {
        EXPECT_LE(trial.shape.left_bits, 4);
    }
}

TEST(EmitUnit, CountsEveryBitOnce) {
    for (const std::int64_t bits : {32, 64, 96, 512}) {
        const UnitRtl unit = emit_unit(bits);
        EXPECT_GE(unit.latency, 3);
        for (std::int64_t i = 0; i < bits; ++i) {
            const std::string name = "left[" + std::to_string(i) + "]";
            const std::size_t first = unit.verilog.find(name);
            ASSERT_NE(first, std::string::npos) << name;
            EXPECT_EQ(unit.verilog.find(name, first + 1), std::string::npos) << name;
        }
    }
}

TEST(EmitRtl, SetsTheMachinesParametersAndIsTheSameTwice) {
    bitserial::Description machine = bitserial::bismo(3, 5, 96, 100, 40);
    machine.array.bubble_cycles = 0;
    const std::vector<EmittedFile> files = emit_rtl(machine, 1);
    EXPECT_EQ(files, emit_rtl(machine, 1));
    EXPECT_NE(files, emit_rtl(machine, 2));
    const auto file = [&](const char* name) {
        for (const EmittedFile& candidate : files) {
            if (candidate.name == name) return candidate.contents;
        }
        return std::string();
    };
    for (const char* parameter : {"parameter ROWS = 3,", "parameter COLUMNS = 5,", "parameter LANES = 3,",
                                  "parameter LEFT_DEPTH = 100,", "parameter RIGHT_DEPTH = 40,",
                                  "parameter ADDRESS_BITS = 7,", "parameter BUBBLE = 0,"}) {
        EXPECT_NE(file("array.v").find(parameter), std::string::npos) << parameter;
    }
    EXPECT_NE(file("README.md").find("not original"), std::string::npos);
    EXPECT_NE(file("geometry.h").find("kColumns = 5"), std::string::npos);
    EXPECT_EQ(files.size(), 9U);
}

} // namespace
} // namespace tandem
