// What a store survives: a write-ahead log cut anywhere, and being of an earlier schema.
#include <algorithm>
#include <fstream>

#include <gtest/gtest.h>
#include <sqlite3.h>

#include "tandem/core/files.h"
#include "tandem/core/random.h"
#include "toy_problem.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

#ifdef TANDEM_DURABILITY_ROUNDS // the slow tests do the same at full size
constexpr int kRounds = TANDEM_DURABILITY_ROUNDS;
#else
constexpr int kRounds = 20;
#endif

constexpr std::int64_t kBatch = 5;

std::vector<StoredDesign> batch(std::int64_t generation) {
    std::vector<StoredDesign> designs;
    for (std::int64_t i = 1; i <= kBatch; ++i) {
        StoredDesign& design = designs.emplace_back();
        design.id = generation * kBatch + i;
        design.generation = generation;
        design.genome = {static_cast<int>(generation), static_cast<int>(i)};
        design.evaluation = toy::zdt1(design.genome, 100);
        design.evaluation.details = std::string(static_cast<std::size_t>(40 * i), 'x'); // several pages
        design.started = 1e9 + 0.5;
        design.worker = "node:1";
        design.version = "0.1.0";
    }
    return designs;
}

GenerationRecord record_of(std::int64_t generation) {
    GenerationRecord record;
    record.generation = generation;
    for (std::int64_t i = 1; i <= kBatch; ++i) record.proposed.push_back(generation * kBatch + i);
    record.evaluated = kBatch;
    return record;
}

std::vector<StoredDesign> first_batches(std::int64_t count) {
    std::vector<StoredDesign> designs;
    for (std::int64_t i = 0; i < count; ++i) std::ranges::copy(batch(i), std::back_inserter(designs));
    return designs;
}

TEST(WriteAheadLog, CutAnywhereLosesAtMostTheLastBatch) {
    constexpr std::uint64_t kSeed = 77;
    Random random(kSeed);
    const TemporaryDirectory directory = TemporaryDirectory::create().value();
    for (int point = 0; point < kRounds; ++point) {
        const fs::path path = directory.path() / ("run" + std::to_string(point) + ".sqlite");
        const fs::path copy = directory.path() / ("copy" + std::to_string(point) + ".sqlite");
        const auto batches = static_cast<std::int64_t>(1 + random.below(8));
        RunStore store = RunStore::create(path, toy::header(toy::space(2, 100))).value();
        for (std::int64_t i = 0; i < batches; ++i) ASSERT_TRUE(store.add_generation(record_of(i), batch(i)));
        // As a power cut would leave them: the files of a store that is still open, its log cut.
        fs::copy_file(path, copy);
        fs::copy_file(path.string() + "-wal", copy.string() + "-wal");
        const std::uintmax_t whole = fs::file_size(copy.string() + "-wal");
        const std::uint64_t kept = random.below(whole + 1);
        fs::resize_file(copy.string() + "-wal", kept);

        const Result<RunStore> cut = RunStore::open(copy);
        ASSERT_TRUE(cut) << "seed " << kSeed << ", point " << point << ": " << to_string(cut.error());
        const auto left = static_cast<std::int64_t>(cut->generations().value().size());
        EXPECT_GE(left, batches - 1) << "seed " << kSeed << ", point " << point << ": " << kept << " of "
                                     << whole;
        EXPECT_LE(left, batches);
        EXPECT_EQ(cut->designs().value(), first_batches(left)) << "whole batches only";
    }
}

void run_sql(const fs::path& path, const char* sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(database);
    sqlite3_close(database);
}

TEST(Schema, OfVersionOneIsReadAsItIsAndMigratedByTheFirstWrite) {
    const TemporaryDirectory directory = TemporaryDirectory::create().value();
    const fs::path path = directory.path() / "run.sqlite";
    {
        RunStore store = RunStore::create(path, toy::header(toy::space(2, 100))).value();
        ASSERT_TRUE(store.add_generation(record_of(0), batch(0)));
    }
    // What version 1 did not have.
    run_sql(path, "ALTER TABLE designs DROP COLUMN started; ALTER TABLE designs DROP COLUMN worker;"
                  "ALTER TABLE designs DROP COLUMN attempt; ALTER TABLE designs DROP COLUMN version;"
                  "DROP TABLE guesses; DROP TABLE results; PRAGMA user_version = 1;");
    std::vector<StoredDesign> expected = batch(0);
    for (StoredDesign& design : expected) {
        design.started = 0.0;
        design.worker.clear();
    }
    const std::string before = read_file(path).value();
    {
        const RunStore store = RunStore::open(path).value();
        EXPECT_EQ(store.designs().value(), expected) << "the code version is the run's";
        EXPECT_TRUE(store.header().value().first_guesses.empty());
    }
    EXPECT_EQ(read_file(path).value(), before) << "reading changes nothing";
    {
        RunStore store = RunStore::open(path).value();
        ASSERT_TRUE(store.add_generation(record_of(1), batch(1)));
        std::ranges::copy(batch(1), std::back_inserter(expected));
        EXPECT_EQ(store.designs().value(), expected);
    }
    const RunStore store = RunStore::open(path).value();
    EXPECT_EQ(store.designs().value(), expected);
    EXPECT_EQ(store.generations().value().size(), 2U);
}

TEST(Schema, OfVersionTwoHasNoResultsUntilSomeAreKept) {
    const TemporaryDirectory directory = TemporaryDirectory::create().value();
    const fs::path path = directory.path() / "run.sqlite";
    {
        RunStore store = RunStore::create(path, toy::header(toy::space(2, 100))).value();
        ASSERT_TRUE(store.add_generation(record_of(0), batch(0)));
    }
    run_sql(path, "DROP TABLE results; PRAGMA user_version = 2;");
    {
        RunStore store = RunStore::open(path).value();
        EXPECT_TRUE(store.results().value().empty());
        ASSERT_TRUE(store.add_generation(record_of(1), batch(1), {{"key", "value"}}));
    }
    EXPECT_EQ(RunStore::open(path)->results().value(), (std::vector<StoredResult>{{"key", "value"}}));
}

TEST(Store, KeepsFirstGuessesAndWhyItEnded) {
    const TemporaryDirectory directory = TemporaryDirectory::create().value();
    const fs::path path = directory.path() / "run.sqlite";
    RunHeader header = toy::header(toy::space(2, 100));
    header.first_guesses = {{3, 4}, {99, 0}};
    RunStore store = RunStore::create(path, header).value();
    EXPECT_EQ(store.header().value(), header);
    EXPECT_EQ(store.finish_reason().value(), "");
    ASSERT_TRUE(store.mark_finished("stagnation"));
    EXPECT_EQ(RunStore::open(path).value().finish_reason().value(), "stagnation");
    EXPECT_EQ(RunStore::open(path).value().header().value(), header);
}

} // namespace
} // namespace tandem
