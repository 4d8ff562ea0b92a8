// The rows of instruction_counts.csv, made anew: programs are run on the emulator, step by step, and what
// each kind of work takes is fitted to the counts.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "scaled_program.h"
#include "tandem/core/files.h"
#include "tandem/deploy/firmware/firmware.h"
#include "tandem/machine/microcontroller/step_work.h"
#include "typical_program.h"

namespace tandem {

/// What a step does, and the instructions that it was seen to take.
struct MeasuredWork {
    std::vector<Work> work;
    double instructions = 0.0;
};

/// The steps of a program, run on the emulator; none where its image needs more memory than there is.
inline std::vector<MeasuredWork> measure_work(const IntegerProgram& program, const Board& board,
                                              const std::vector<float>& samples) {
    const TemporaryDirectory folder = TemporaryDirectory::create().value();
    for (const EmittedFile& file : emit_firmware(program, board)) {
        EXPECT_TRUE(write_file(folder.path() / file.name, file.contents, Existing::refuse).has_value());
    }
    Progress silent;
    const Result<FirmwareProof> proof = prove_firmware(folder.path(), board, "-O3", program, samples, silent);
    std::vector<MeasuredWork> measured;
    if (!proof || proof->image.overflow) return measured;
    EXPECT_EQ(proof->differing_samples, 0) << proof->first_difference;
    const CFacts facts = find_c_facts(program, WeightStorage::plain);
    const Target& target = *find_target(board.target);
    for (std::size_t step = 0; step < program.steps.size(); ++step) {
        // Timers tick at another rate, so that what they count is no whole number.
        measured.push_back({step_work(facts, step, target), std::round(proof->points.front().steps[step])});
    }
    return measured;
}

/// Least squares of the relative errors, no coefficient below zero, a coordinate at a time.
inline std::map<std::string, double> fit_work(const std::vector<MeasuredWork>& measured) {
    struct Term {
        std::size_t row = 0;
        double share = 0.0; ///< of the row's instructions, for one instruction each time
    };
    std::map<std::string, std::vector<Term>> columns;
    for (std::size_t row = 0; row < measured.size(); ++row) {
        for (const Work& work : measured[row].work) {
            columns[work.kind].push_back({row, work.times / measured[row].instructions});
        }
    }
    std::map<std::string, double> costs;
    std::vector<double> errors(measured.size(), -1.0);
    constexpr int kSweeps = 20'000;
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
        for (const auto& [kind, terms] : columns) {
            double slope = 0.0;
            double curvature = 1e-12;
            for (const Term& term : terms) {
                slope += term.share * errors[term.row];
                curvature += term.share * term.share;
            }
            double& cost = costs[kind];
            const double change = std::max(cost - slope / curvature, 0.0) - cost;
            cost += change;
            for (const Term& term : terms) errors[term.row] += change * term.share;
        }
    }
    return costs;
}

/// Called with random programs, the typical ones among them, and with samples for each.
template <class Take> void draw_programs(std::uint64_t seed, const Take& take) {
    Random random(seed);
    const IntegerProgram typical = TypicalProgram(seed).draw();
    std::vector<float> images(static_cast<std::size_t>(typical.tensors[typical.input].extents.elements()));
    for (float& value : images) value = static_cast<float>(2.0 * random.uniform() - 1.0);
    take(typical, images);
    RandomProgram any(seed);
    const IntegerProgram drawn = any.draw(/*steps=*/12);
    take(drawn, any.samples(drawn, 1));
    if (seed % 3 != 0) return;
    for (const ScaleArithmetic arithmetic :
         {ScaleArithmetic::factors, ScaleArithmetic::multiplied_once, ScaleArithmetic::multiplied_twice}) {
        for (const auto& scaled :
             {scaled_program(random, arithmetic, /*steps=*/12), scaled_typical_program(random, arithmetic)}) {
            if (scaled) take(*scaled, scaled_samples(random, scaled->tensors[scaled->input], 1));
        }
    }
}

/// "cortex-m4,layer.window,12.3", anew.
inline std::vector<std::string> instruction_rows(const Target& target) {
    constexpr std::uint64_t kSeeds = 60;
    std::vector<MeasuredWork> measured;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        draw_programs(seed, [&](const IntegerProgram& program, const std::vector<float>& samples) {
            const std::vector<MeasuredWork> steps =
                measure_work(program, *find_board(target.default_board), samples);
            measured.insert(measured.end(), steps.begin(), steps.end());
        });
    }
    std::vector<std::string> rows;
    for (const auto& [kind, cost] : fit_work(measured)) {
        rows.push_back(fmt::format("{},{},{:.4g}", target.name, kind, cost));
    }
    return rows;
}

} // namespace tandem
