// What ends a run before its algorithm does, and that resuming knows it.
#include <algorithm>

#include <gtest/gtest.h>

#include "tandem/core/files.h"
#include "toy_problem.h"

namespace tandem {
namespace {

const GenomeSpace kSpace = toy::space(12, 8);

class BudgetTest : public testing::Test {
  protected:
    RunStore new_store(const std::string& name) {
        return RunStore::create(directory_.path() / name, toy::header(kSpace)).value();
    }

    std::vector<StoredDesign> run(RunStore& store, const SearchBudget& budget,
                                  std::int64_t generations = 12) {
        SearchOptions search = toy::options();
        search.generations = generations;
        const auto algorithm = make_algorithm(kSpace, search);
        DriverOptions options;
        options.hypervolume_reference = {1.1, 10.0};
        options.budget = budget;
        Progress silent;
        return toy::timeless(drive(*algorithm, toy::constrained, store, options, silent).value());
    }

    TemporaryDirectory directory_ = TemporaryDirectory::create().value();
};

TEST_F(BudgetTest, OfEvaluationsIsMetExactly) {
    RunStore whole = new_store("whole.sqlite");
    const std::vector<StoredDesign> all = run(whole, {});
    for (const std::int64_t evaluations : {1, 10, 37, 120, 500}) {
        RunStore store = new_store(std::to_string(evaluations) + ".sqlite");
        SearchBudget budget;
        budget.evaluations = evaluations;
        const std::vector<StoredDesign> designs = run(store, budget);
        const auto expected = static_cast<std::size_t>(std::min<std::int64_t>(evaluations, 120));
        ASSERT_EQ(designs.size(), expected);
        EXPECT_TRUE(std::equal(designs.begin(), designs.end(), all.begin())) << "a prefix of the whole run";
        EXPECT_EQ(store.finish_reason().value(),
                  evaluations <= 120 ? "budget of evaluations" : "end of the algorithm");
        EXPECT_EQ(run(store, budget), designs) << "going on changes nothing";
    }
}

TEST_F(BudgetTest, CutGenerationIsKnownWhereItsEndWasNotMarked) {
    SearchBudget budget;
    budget.evaluations = 37;
    RunStore store = new_store("a.sqlite");
    const std::vector<StoredDesign> designs = run(store, budget);
    RunStore killed = new_store("b.sqlite");
    const std::vector<GenerationRecord> records = store.generations().value();
    const std::vector<StoredDesign> stored = store.designs().value();
    for (std::size_t i = 0; i < records.size(); ++i) {
        const auto first = stored.begin() + static_cast<std::ptrdiff_t>(10 * i);
        ASSERT_TRUE(killed.add_generation(records[i], {first, first + records[i].evaluated}));
    }
    EXPECT_FALSE(killed.is_finished().value());
    EXPECT_EQ(run(killed, budget), designs);
    EXPECT_TRUE(killed.is_finished().value());
}

TEST_F(BudgetTest, OfStagnationEndsWhenNothingIsGained) {
    SearchBudget budget;
    budget.stagnation = 4;
    budget.stagnation_gain = 0.01;
    RunStore store = new_store("a.sqlite");
    run(store, budget, 1000);
    EXPECT_EQ(store.finish_reason().value(), "stagnation");
    const std::vector<GenerationRecord> records = store.generations().value();
    ASSERT_GT(records.size(), 5U);
    ASSERT_LT(records.size(), 1000U);
    const auto gain = [&](std::size_t end) {
        return (records[end].hypervolume - records[end - 4].hypervolume) / records[end].hypervolume;
    };
    EXPECT_LE(gain(records.size() - 1), 0.01);
    for (std::size_t end = 4; end + 1 < records.size(); ++end) EXPECT_GT(gain(end), 0.01) << end;
}

TEST_F(BudgetTest, OfSecondsCountsWhatEarlierProcessesSpent) {
    SearchBudget budget;
    budget.seconds = 1e-9; // the first generation spends it
    RunStore store = new_store("a.sqlite");
    EXPECT_EQ(run(store, budget).size(), 10U);
    EXPECT_EQ(store.finish_reason().value(), "budget of seconds");
    RunStore other = new_store("b.sqlite");
    GenerationRecord record = store.generations().value().front();
    record.seconds = 3600.0;
    ASSERT_TRUE(other.add_generation(record, store.designs().value()));
    budget.seconds = 3599.0;
    EXPECT_EQ(run(other, budget).size(), 10U);
    EXPECT_EQ(other.finish_reason().value(), "budget of seconds");
}

} // namespace
} // namespace tandem
