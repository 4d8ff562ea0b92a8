#include "tandem/machine/microcontroller/instruction_estimate.h"

#include <gtest/gtest.h>

#include "instruction_rows.h"
#include "tandem/core/process.h"
#include "tandem/machine/microcontroller/image_estimate.h"

namespace tandem {
namespace {

TEST(InstructionCounts, HaveAllKindsOfWork) {
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        draw_programs(seed, [](const IntegerProgram& program, const std::vector<float>& /*samples*/) {
            const CFacts facts = find_c_facts(program, WeightStorage::plain);
            for (std::size_t step = 0; step < program.steps.size(); ++step) {
                for (const Target& target : known_targets()) {
                    for (const Work& work : step_work(facts, step, target)) {
                        EXPECT_GT(work.times, 0.0) << work.kind;
                        EXPECT_TRUE(is_counted(target, work.kind)) << target.name << " " << work.kind;
                    }
                }
            }
        });
    }
}

TEST(InstructionEstimate, IsNearWhatTheEmulatorCounts) {
    // Programs that the table was not fitted to, small ones: whole networks are nearer (tests/differential).
    double total_error = 0.0;
    int images = 0;
    for (const char* name : {"mps2-an385", "mps2-an386", "virt-rv32"}) {
        const Board& board = *find_board(name);
        if (find_program(std::string(find_target(board.target)->toolchain->compiler)).empty()) {
            GTEST_SKIP() << find_target(board.target)->toolchain->compiler_package << " is not installed";
        }
        for (std::uint64_t seed = 1000; seed < 1003; ++seed) {
            Random random(seed);
            for (const std::optional<IntegerProgram>& program :
                 {std::optional(TypicalProgram(seed).draw()),
                  scaled_typical_program(random, ScaleArithmetic::multiplied_twice)}) {
                ASSERT_TRUE(program);
                const std::vector<float> zeros(
                    static_cast<std::size_t>(program->tensors[program->input].extents.elements()));
                double counted = 0.0;
                for (const MeasuredWork& step : measure_work(*program, board, zeros)) {
                    counted += step.instructions;
                }
                const double error = estimate_image(*program, board).instructions() / counted - 1.0;
                EXPECT_LT(std::abs(error), 0.15) << name << ", seed " << seed;
                total_error += std::abs(error);
                ++images;
            }
        }
    }
    EXPECT_LT(total_error / images, 0.05);
}

TEST(StepWork, CountsWhatALayerDoes) {
    // 2 channels of 3x3 under 3x3 filters with a border of one, 3 output channels.
    const NumberFormat byte{.bits = 8, .fraction_bits = 4, .signedness = Signedness::is_signed};
    IntegerProgram program;
    program.tensors = {{"in", {2, 3, 3}, byte}, {"out", {3, 3, 3}, byte}};
    program.output = 1;
    LayerStep layer;
    layer.layer = "conv";
    layer.output = 1;
    layer.window.kernel = {3, 3};
    layer.window.pads_begin = layer.window.pads_end = {1, 1};
    layer.input_format = layer.weight_format = byte;
    layer.weights.assign(3 * 18, 1);
    layer.bias.assign(3, 0);
    layer.clamp = {-128, 127};
    program.steps.emplace_back(layer);
    const auto times_on = [&](const char* target) {
        std::map<std::string, double> times;
        const CFacts facts = find_c_facts(program, WeightStorage::plain);
        for (const Work& work : step_work(facts, 0, *find_target(target))) times[work.kind] = work.times;
        return times;
    };
    std::map<std::string, double> expected{
        {"layer", 1},
        {"layer.row", 3},
        {"layer.window", 9},
        {"layer.run", 27},               // three rows of a filter each
        {"layer.border", 6 + 14},        // rows outside; runs that begin or end outside
        {"layer.cleared", 64 + 54 + 24}, // padding; rows filled up from 18 to 24; the tenth window
        {"layer.copied_bytes", 98},      // 7 rows times 7 columns of 2 channels
        {"layer.copy_bytes", 21},        // seven rows inside, from each of three columns
        {"layer.block", 5},              // windows by two
        {"layer.pair_8", 10},            // and channels by two
        {"layer.products_8", 240},       // of 24 elements
        {"layer.plain", 16},             // eight windows with two channels
        {"layer.finish", 11}};
    EXPECT_EQ(times_on("cortex-m4"), expected);
    for (const char* other :
         {"layer.cleared", "layer.copied_bytes", "layer.copy_bytes", "layer.pair_8", "layer.products_8"}) {
        expected.erase(other);
    }
    expected["layer.cleared_in_vectors"] = 142;
    expected["layer.copy_vectors"] = 21;
    expected["layer.copied_vectors"] = 21; // none holds more than six bytes
    expected["layer.pair_in_vectors"] = 10;
    expected["layer.vectors"] = 20; // 24 elements are two
    EXPECT_EQ(times_on("cortex-m55"), expected);
}

} // namespace
} // namespace tandem
