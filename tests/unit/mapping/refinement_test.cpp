#include "tandem/mapping/refinement.h"

#include <gtest/gtest.h>

#include "../machine/spatial/unit_machine.h"

namespace tandem {
namespace {

Workload two_layers() {
    Workload workload;
    workload.layers = {{"small", layer_of(2, 2, 2, 2, 1, 1)}, {"large", layer_of(4, 4, 4, 4, 2, 2)}};
    return workload;
}

std::vector<Move> moves(const Targets& targets) {
    std::vector<Move> moves;
    for (const auto& step : refine(two_layers(), *make_spatial(unit_description()), targets, {})) {
        moves.push_back(step.move);
    }
    return moves;
}

TEST(Refinement, GoesToTheFinestLevelWhileTargetsAreMet) {
    EXPECT_EQ(moves({}), (std::vector<Move>{Move::refine, Move::refine, Move::done}));
    EXPECT_EQ(moves({.cycles = Cycles(1'000'000)}),
              (std::vector<Move>{Move::refine, Move::refine, Move::done}));
}

TEST(Refinement, GoesBackFromTheFirstLevelThatMissesAndSaysWhy) {
    // 16 + 1024 products on four elements.
    const auto steps = refine(two_layers(), *make_spatial(unit_description()), {.cycles = Cycles(259)}, {});
    ASSERT_EQ(steps.size(), 1U);
    EXPECT_EQ(steps[0].move, Move::back);
    EXPECT_EQ(steps[0].reason,
              "cycles: 260 at least, target 259, most of it in large (256); only a smaller network, "
              "narrower widths or more multipliers help");
    EXPECT_EQ(moves({.cycles = Cycles(260)}).front(), Move::refine);
}

TEST(Refinement, NamesTheTargetThatMissesByMost) {
    const Abstract fine = refine(two_layers(), *make_spatial(unit_description()), {}, {}).back().total;
    const Targets targets{.cycles = fine.cycles * std::int64_t{2},
                          .energy = NormalizedEnergy(fine.energy.value * 0.99)};
    const auto steps = refine(two_layers(), *make_spatial(unit_description()), targets, {});
    ASSERT_EQ(steps.size(), 3U);
    EXPECT_EQ(steps.back().level, AbstractionLevel::fine);
    EXPECT_EQ(steps.back().move, Move::back);
    EXPECT_EQ(steps.back().reason.rfind("energy: ", 0), 0U) << steps.back().reason;
    EXPECT_NE(steps.back().reason.find("back to mid"), std::string::npos);
}

TEST(Refinement, NamesTheLayerThatDoesNotFit) {
    spatial::Description small = unit_description();
    small.memories[1].size_bytes = 10;
    const auto steps = refine(two_layers(), *make_spatial(small), {}, {});
    ASSERT_EQ(steps.size(), 1U);
    EXPECT_EQ(steps[0].move, Move::back);
    EXPECT_EQ(steps[0].reason.rfind("large does not fit: buffer: found a smallest tile of ", 0), 0U)
        << steps[0].reason;
}

} // namespace
} // namespace tandem
