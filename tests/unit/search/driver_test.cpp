#include "tandem/search/driver.h"

#include <map>
#include <mutex>
#include <optional>
#include <set>

#include <gtest/gtest.h>

#include "tandem/core/check.h"
#include "tandem/core/files.h"
#include "tandem/core/parallel.h"
#include "tandem/search/front.h"
#include "toy_problem.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

const GenomeSpace kSpace = toy::space(12, 8);

DriverOptions with_reference() {
    DriverOptions options;
    options.hypervolume_reference = {1.1, 10.0};
    return options;
}

class DriverTest : public testing::Test {
  protected:
    RunStore new_store(const std::string& name) {
        return RunStore::create(directory_.path() / name, toy::header(kSpace)).value();
    }

    static Result<std::vector<StoredDesign>> run(RunStore& store,
                                                 const EvaluateGenome& evaluate = toy::constrained,
                                                 const DriverOptions& options = with_reference(),
                                                 const SearchOptions& search = toy::options()) {
        Progress silent;
        const auto algorithm = make_algorithm(kSpace, search);
        return drive(*algorithm, evaluate, store, options, silent);
    }

    TemporaryDirectory directory_ = TemporaryDirectory::create().value();
};

TEST_F(DriverTest, StoresEveryDesignOfEveryGeneration) {
    RunStore store = new_store("a.sqlite");
    const std::vector<StoredDesign> designs = run(store).value();
    ASSERT_EQ(designs.size(), 120U);
    std::set<Genome> genomes;
    for (std::size_t i = 0; i < designs.size(); ++i) {
        EXPECT_EQ(designs[i].id, static_cast<std::int64_t>(i) + 1);
        EXPECT_EQ(designs[i].generation, static_cast<std::int64_t>(i) / 10);
        EXPECT_EQ(designs[i].evaluation, toy::constrained(designs[i].genome));
        genomes.insert(designs[i].genome);
    }
    EXPECT_EQ(genomes.size(), designs.size());
    EXPECT_EQ(store.designs().value(), designs);
    EXPECT_TRUE(store.is_finished().value());
}

TEST_F(DriverTest, RecordsTheHypervolumeOfAllDesignsSoFar) {
    RunStore store = new_store("a.sqlite");
    const std::vector<StoredDesign> designs = run(store).value();
    const std::vector<GenerationRecord> generations = store.generations().value();
    ASSERT_EQ(generations.size(), 12U);
    std::vector<Objectives> points;
    for (const GenerationRecord& generation : generations) {
        EXPECT_EQ(generation.evaluated, 10);
        for (const std::int64_t id : generation.proposed) {
            const Evaluation& evaluation = designs[static_cast<std::size_t>(id - 1)].evaluation;
            if (!evaluation.infeasible && evaluation.violation == 0.0) {
                points.push_back(evaluation.objectives);
            }
        }
        EXPECT_NEAR(generation.hypervolume, hypervolume(points, {1.1, 10.0}), 1e-12);
    }
    EXPECT_GT(generations.back().hypervolume, generations.front().hypervolume);
}

TEST_F(DriverTest, RecordsNoHypervolumeWithoutAReference) {
    RunStore store = new_store("a.sqlite");
    ASSERT_TRUE(run(store, toy::constrained, {}));
    const Result<std::vector<GenerationRecord>> generations = store.generations();
    for (const GenerationRecord& generation : *generations) {
        EXPECT_EQ(generation.hypervolume, 0.0);
    }
}

TEST_F(DriverTest, GivesTheSameDesignsOnOneAndOnFourThreads) {
    std::vector<StoredDesign> one;
    std::vector<StoredDesign> four;
    {
        const ThreadLimit limit(1);
        RunStore store = new_store("one.sqlite");
        one = run(store).value();
    }
    {
        const ThreadLimit limit(4);
        RunStore store = new_store("four.sqlite");
        four = run(store).value();
    }
    EXPECT_EQ(toy::timeless(one), toy::timeless(four));
}

TEST_F(DriverTest, GoesOnFromEveryGenerationAsIfNeverStopped) {
    RunStore whole = new_store("whole.sqlite");
    const std::vector<StoredDesign> expected = run(whole).value();
    const std::vector<GenerationRecord> records = whole.generations().value();
    for (std::size_t kept = 0; kept <= records.size(); ++kept) {
        RunStore store = new_store("kept" + std::to_string(kept) + ".sqlite");
        for (std::size_t i = 0; i < kept; ++i) {
            const auto first = expected.begin() + static_cast<std::ptrdiff_t>(10 * i);
            ASSERT_TRUE(store.add_generation(records[i], std::vector<StoredDesign>(first, first + 10)));
        }
        std::atomic<int> evaluations = 0;
        const auto count = [&](const Genome& genome) {
            ++evaluations;
            return toy::constrained(genome);
        };
        EXPECT_EQ(toy::timeless(run(store, count).value()), toy::timeless(expected))
            << "after " << kept << " generations";
        EXPECT_EQ(evaluations, static_cast<int>(120 - 10 * kept)) << "nothing is evaluated twice";
        const std::vector<GenerationRecord> resumed = store.generations().value();
        ASSERT_EQ(resumed.size(), records.size());
        for (std::size_t i = 0; i < records.size(); ++i) {
            EXPECT_EQ(resumed[i].proposed, records[i].proposed);
            EXPECT_EQ(resumed[i].hypervolume, records[i].hypervolume);
        }
    }
}

TEST_F(DriverTest, ChangesNothingInAFinishedRun) {
    RunStore store = new_store("a.sqlite");
    const std::vector<StoredDesign> first = run(store).value();
    const auto never = [](const Genome&) -> Evaluation {
        ADD_FAILURE() << "evaluated again";
        return {};
    };
    EXPECT_EQ(run(store, never).value(), first);
}

TEST_F(DriverTest, RefusesAStoreOfAnotherJob) {
    for (const std::string change : {"seed", "population", "algorithm", "generations"}) {
        RunStore store = new_store(change + ".sqlite");
        ASSERT_TRUE(run(store));
        SearchOptions search = toy::options();
        if (change == "seed") search.seed = 8;
        if (change == "population") search.population = 11;
        if (change == "algorithm") search.algorithm = "random";
        if (change == "generations") search.generations = 3;
        const auto resumed = run(store, toy::constrained, with_reference(), search);
        ASSERT_FALSE(resumed) << change;
        EXPECT_EQ(resumed.error().kind, ErrorKind::bad_input);
        EXPECT_NE(to_string(resumed.error()).find("another version or job"), std::string::npos)
            << to_string(resumed.error());
        EXPECT_EQ(store.designs().value().size(), 120U) << "the run is intact";
    }
}

TEST_F(DriverTest, RefusesAStoreWhoseProposalsWereTamperedWith) {
    RunStore whole = new_store("whole.sqlite");
    const std::vector<StoredDesign> expected = run(whole).value();
    const GenerationRecord record = whole.generations().value().front();
    const std::vector<StoredDesign> first(expected.begin(), expected.begin() + 10);
    const auto refuses = [&](const std::string& name, GenerationRecord changed,
                             const std::vector<StoredDesign>& designs) {
        RunStore store = new_store(name);
        EXPECT_TRUE(store.add_generation(changed, designs));
        return !run(store).has_value();
    };
    GenerationRecord changed = record;
    changed.proposed[3] = 99;
    EXPECT_TRUE(refuses("beyond.sqlite", changed, first));
    changed.proposed[3] = 0;
    EXPECT_TRUE(refuses("below.sqlite", changed, first));
    changed = record;
    std::swap(changed.proposed[3], changed.proposed[4]);
    EXPECT_TRUE(refuses("swapped.sqlite", changed, first));
    std::vector<StoredDesign> more(expected.begin(), expected.begin() + 11);
    EXPECT_TRUE(refuses("more.sqlite", record, more)) << "a design that no generation proposed";
    EXPECT_FALSE(refuses("same.sqlite", record, first));
}

TEST_F(DriverTest, StopsWhenInterruptedAndGoesOnLater) {
    RunStore whole = new_store("whole.sqlite");
    const std::vector<StoredDesign> expected = run(whole).value();
    RunStore store = new_store("a.sqlite");
    for (const int evaluations_until_signal : {0, 1, 10, 37}) {
        std::atomic<bool> interrupted = evaluations_until_signal == 0;
        std::atomic<int> evaluations = 0;
        DriverOptions options = with_reference();
        options.interrupted = &interrupted;
        const auto evaluate = [&](const Genome& genome) {
            if (++evaluations == evaluations_until_signal) interrupted = true;
            return toy::constrained(genome);
        };
        const auto stopped = run(store, evaluate, options);
        ASSERT_FALSE(stopped);
        EXPECT_EQ(stopped.error().kind, ErrorKind::interrupted);
        EXPECT_EQ(store.designs().value().size() % 10, 0U) << "whole generations only";
        EXPECT_FALSE(store.is_finished().value());
    }
    // 0 + 0 + 0 + 3 whole generations: the one that the signal meets is dropped.
    EXPECT_EQ(store.generations().value().size(), 3U);
    EXPECT_EQ(toy::timeless(run(store).value()), toy::timeless(expected));
}

TEST_F(DriverTest, PassesOnAnInternalErrorOfAnEvaluation) {
    RunStore store = new_store("a.sqlite");
    std::atomic<int> evaluations = 0;
    const auto evaluate = [&](const Genome& genome) {
        TANDEM_CHECK(++evaluations < 25, "the evaluator is broken");
        return toy::constrained(genome);
    };
    EXPECT_THROW(static_cast<void>(run(store, evaluate)), InternalError);
    EXPECT_EQ(store.generations().value().size(), 2U) << "what was stored stays";
}

TEST_F(DriverTest, ChecksEvaluations) {
    const auto refuses = [&](const std::string& name, const Evaluation& evaluation) {
        RunStore store = new_store(name);
        try {
            static_cast<void>(run(store, [&](const Genome&) { return evaluation; }));
        } catch (const InternalError&) {
            return true;
        }
        return false;
    };
    const auto with = [](std::vector<double> objectives, double violation) {
        Evaluation evaluation;
        evaluation.objectives = std::move(objectives);
        evaluation.violation = violation;
        return evaluation;
    };
    EXPECT_TRUE(refuses("none.sqlite", with({}, 0)));
    EXPECT_TRUE(refuses("one.sqlite", with({1}, 0)));
    EXPECT_TRUE(refuses("nan.sqlite", with({1, std::nan("")}, 0)));
    EXPECT_TRUE(refuses("negative.sqlite", with({1, 1}, -1)));
    Evaluation both = with({1, 1}, 0);
    both.infeasible = Infeasible{"but it has objectives"};
    EXPECT_TRUE(refuses("both.sqlite", both));
    EXPECT_FALSE(refuses("good.sqlite", with({1, 1}, 0)));
}

/// Proposes what it was given.
class Scripted final : public SearchAlgorithm {
  public:
    explicit Scripted(std::vector<std::vector<Genome>> script) : script_(std::move(script)) {}
    std::vector<Genome> propose() override {
        return reports_.size() < script_.size() ? script_[reports_.size()] : std::vector<Genome>{};
    }
    void report(std::span<const EvaluatedGenome> evaluated) override {
        reports_.emplace_back(evaluated.begin(), evaluated.end());
    }
    std::vector<Genome> population() const override { return {}; }
    const std::vector<std::vector<EvaluatedGenome>>& reports() const { return reports_; }

  private:
    std::vector<std::vector<Genome>> script_;
    std::vector<std::vector<EvaluatedGenome>> reports_;
};

TEST_F(DriverTest, EvaluatesEachDistinctGenomeOnceAndReportsEachProposal) {
    const Genome a(12, 0);
    const Genome b(12, 1);
    const Genome c(12, 2);
    const std::vector<std::vector<Genome>> script = {{a, b, a}, {b, a}, {c, b}};
    const fs::path path = directory_.path() / "a.sqlite";
    std::mutex mutex;
    std::map<Genome, int> evaluations;
    const auto evaluate = [&](const Genome& genome) {
        const std::lock_guard lock(mutex);
        ++evaluations[genome];
        return toy::constrained(genome);
    };
    Progress silent;
    // The second pass resumes a finished run; it must report the same, from memory.
    for (int pass = 0; pass < 2; ++pass) {
        Result<RunStore> store =
            pass == 0 ? RunStore::create(path, toy::header(kSpace)) : RunStore::open(path);
        Scripted algorithm(script);
        const auto designs = drive(algorithm, evaluate, *store, {}, silent);
        ASSERT_TRUE(designs) << to_string(designs.error());
        EXPECT_EQ(designs->size(), 3U);
        EXPECT_EQ(evaluations, (std::map<Genome, int>{{a, 1}, {b, 1}, {c, 1}}));
        ASSERT_EQ(algorithm.reports().size(), 3U);
        for (std::size_t i = 0; i < script.size(); ++i) {
            ASSERT_EQ(algorithm.reports()[i].size(), script[i].size());
            for (std::size_t k = 0; k < script[i].size(); ++k) {
                EXPECT_EQ(algorithm.reports()[i][k].genome, script[i][k]);
                EXPECT_EQ(algorithm.reports()[i][k].evaluation, toy::constrained(script[i][k]));
            }
        }
        const std::vector<GenerationRecord> generations = store->generations().value();
        EXPECT_EQ(generations[0].proposed, (std::vector<std::int64_t>{1, 2, 1}));
        EXPECT_EQ(generations[1].proposed, (std::vector<std::int64_t>{2, 1}));
        EXPECT_EQ(generations[1].evaluated, 0);
        EXPECT_EQ(generations[2].proposed, (std::vector<std::int64_t>{3, 2}));
        EXPECT_EQ(generations[2].evaluated, 1);
    }
}

/// Notes what it is told.
class Witness final : public Progress {
  public:
    void begin(std::string_view phase, std::int64_t total) override {
        begun = std::string(phase) + " " + std::to_string(total);
    }
    void update(std::int64_t done, std::string_view note) override {
        is_monotone = is_monotone && done >= last;
        last = done;
        last_note = note;
    }
    void end() override { ++ends; }

    std::string begun;
    std::string last_note;
    std::int64_t last = 0;
    bool is_monotone = true;
    int ends = 0;
};

TEST_F(DriverTest, ShowsProgressOfWhatIsLeft) {
    RunStore whole = new_store("whole.sqlite");
    const std::vector<StoredDesign> designs = run(whole).value();
    RunStore store = new_store("a.sqlite");
    ASSERT_TRUE(store.add_generation(whole.generations().value().front(),
                                     std::vector<StoredDesign>(designs.begin(), designs.begin() + 10)));
    DriverOptions options = with_reference();
    options.expected_evaluations = 120;
    Witness witness;
    const auto algorithm = make_algorithm(kSpace, toy::options());
    ASSERT_TRUE(drive(*algorithm, toy::constrained, store, options, witness));
    EXPECT_EQ(witness.begun, "search 110");
    EXPECT_EQ(witness.last, 110);
    EXPECT_TRUE(witness.is_monotone);
    EXPECT_EQ(witness.ends, 1);
    EXPECT_TRUE(witness.last_note.starts_with("front ")) << witness.last_note;
}

} // namespace
} // namespace tandem
