#include "tandem/search/run_store.h"

#include <bit>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <limits>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "tandem/core/check.h"
#include "tandem/core/files.h"
#include "tandem/core/random.h"
#include "toy_problem.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// Any statement on a store, behind the store's back.
void run_sql(const fs::path& path, const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
}

const RunHeader kHeader = {.job = "network: a.onnx\nsearch: {seed: 1}\n",
                           .version = "0.1.0",
                           .gene_names = {"conv1 weight", "conv1 activation"},
                           .objective_names = {"error", "energy", "latency"}};

StoredDesign design(std::int64_t id, std::int64_t generation) {
    StoredDesign design;
    design.id = id;
    design.generation = generation;
    design.genome = {static_cast<int>(id), 3};
    design.evaluation.objectives = {0.1, 1e300, -0.0};
    design.evaluation.details = R"({"accuracy":0.9})";
    design.seconds = 0.25;
    return design;
}

GenerationRecord generation(std::int64_t number, std::vector<std::int64_t> proposed) {
    GenerationRecord record;
    record.generation = number;
    record.proposed = std::move(proposed);
    record.hypervolume = 1.0 / 3.0;
    record.seconds = 2.5;
    record.evaluated = 1;
    return record;
}

class RunStoreTest : public testing::Test {
  protected:
    RunStore create() { return RunStore::create(path_, kHeader).value(); }

    /// A closed store of `count` generations of one design each.
    void fill(std::int64_t count) {
        RunStore store = create();
        for (std::int64_t i = 0; i < count; ++i) {
            ASSERT_TRUE(store.add_generation(generation(i, {i + 1}), {design(i + 1, i)}));
        }
    }

    /// The one line of an error that opening must give.
    std::string opening_error(ErrorKind kind) {
        const Result<RunStore> store = RunStore::open(path_);
        if (store) return "it opened";
        EXPECT_EQ(store.error().kind, kind);
        EXPECT_EQ(store.error().problems.size(), 1U);
        EXPECT_EQ(store.error().problems.front().file, path_.string());
        return to_string(store.error());
    }

    TemporaryDirectory directory_ = TemporaryDirectory::create().value();
    fs::path path_ = directory_.path() / "run.sqlite";
};

TEST_F(RunStoreTest, GivesBackWhatItWasGiven) {
    std::vector<StoredDesign> designs = {design(1, 0), design(2, 0), design(3, 1)};
    designs[1].evaluation = {};
    designs[1].evaluation.infeasible = Infeasible{"conv1: no tile fits 64 words; it's \"too\" large"};
    designs[2].evaluation.violation = 0.1 + 0.2;
    designs[2].evaluation.details = "";
    std::vector<GenerationRecord> generations = {generation(0, {1, 2, 1}), generation(1, {3})};
    {
        RunStore store = create();
        EXPECT_EQ(store.header().value(), kHeader);
        ASSERT_TRUE(store.add_generation(generations[0], {designs[0], designs[1]}));
        ASSERT_TRUE(store.add_generation(generations[1], {designs[2]}, {{"b", "it's 2"}, {"a", "1"}}));
    }
    const RunStore store = RunStore::open(path_).value();
    EXPECT_EQ(store.path(), path_);
    EXPECT_EQ(store.results().value(), (std::vector<StoredResult>{{"a", "1"}, {"b", "it's 2"}}));
    EXPECT_EQ(store.header().value(), kHeader);
    EXPECT_EQ(store.designs().value(), designs);
    EXPECT_EQ(store.generations().value(), generations);
}

TEST_F(RunStoreTest, KeepsTheFirstResultOfAKey) {
    RunStore store = create();
    ASSERT_TRUE(store.add_generation(generation(0, {1}), {design(1, 0)}, {{"key", "first"}}));
    ASSERT_TRUE(store.add_generation(generation(1, {1}), {}, {{"key", "again"}, {"other", ""}}));
    EXPECT_EQ(store.results().value(), (std::vector<StoredResult>{{"key", "first"}, {"other", ""}}));
}

TEST_F(RunStoreTest, KeepsDoublesToTheLastBit) {
    Random random(11);
    std::vector<double> numbers = {0.0, -0.0, 5e-324, std::numeric_limits<double>::max(), 1.0, -1e22};
    while (numbers.size() < 3000) {
        const double number = std::bit_cast<double>(random.next());
        if (std::isfinite(number)) numbers.push_back(number);
    }
    std::vector<StoredDesign> designs;
    for (std::size_t i = 0; i < numbers.size(); i += 3) {
        designs.push_back(design(static_cast<std::int64_t>(designs.size()) + 1, 0));
        designs.back().evaluation.objectives = {numbers[i], numbers[i + 1], numbers[i + 2]};
        designs.back().evaluation.violation = std::abs(numbers[i]);
        designs.back().seconds = std::abs(numbers[i + 1]);
    }
    RunStore store = create();
    ASSERT_TRUE(store.add_generation(generation(0, {1}), designs));
    const std::vector<StoredDesign> read = store.designs().value();
    ASSERT_EQ(read.size(), designs.size());
    for (std::size_t i = 0; i < read.size(); ++i) {
        for (std::size_t k = 0; k < 3; ++k) {
            EXPECT_EQ(std::bit_cast<std::uint64_t>(read[i].evaluation.objectives[k]),
                      std::bit_cast<std::uint64_t>(designs[i].evaluation.objectives[k]));
        }
        EXPECT_EQ(std::bit_cast<std::uint64_t>(read[i].evaluation.violation),
                  std::bit_cast<std::uint64_t>(designs[i].evaluation.violation));
    }
    EXPECT_EQ(read, designs);
}

TEST_F(RunStoreTest, HoldsTextOfAnyBytes) {
    RunHeader header = kHeader;
    header.job = std::string("a\0b\xC3\xA4\n", 6);
    header.gene_names = {"", "'; DROP TABLE designs; --"};
    const RunStore store = RunStore::create(path_, header).value();
    EXPECT_EQ(store.header().value(), header);
}

TEST_F(RunStoreTest, HoldsARunWithoutGenes) {
    RunHeader header = kHeader;
    header.gene_names.clear();
    RunStore store = RunStore::create(path_, header).value();
    StoredDesign only = design(1, 0);
    only.genome.clear();
    ASSERT_TRUE(store.add_generation(generation(0, {1}), {only}));
    EXPECT_EQ(store.designs().value(), std::vector<StoredDesign>{only});
}

TEST_F(RunStoreTest, LeavesOneFileWhenItCloses) {
    fill(3);
    std::vector<fs::path> left;
    for (const fs::directory_entry& entry : fs::directory_iterator(directory_.path())) {
        left.push_back(entry.path().filename());
    }
    EXPECT_EQ(left, std::vector<fs::path>{"run.sqlite"});
}

TEST_F(RunStoreTest, CanBeReadWhileItIsWritten) {
    RunStore writer = create();
    const RunStore reader = RunStore::open(path_).value();
    for (std::int64_t i = 0; i < 5; ++i) {
        ASSERT_TRUE(writer.add_generation(generation(i, {i + 1}), {design(i + 1, i)}));
        EXPECT_EQ(reader.designs().value().size(), static_cast<std::size_t>(i + 1));
        EXPECT_EQ(RunStore::open(path_).value().generations().value().size(),
                  static_cast<std::size_t>(i + 1));
    }
}

TEST_F(RunStoreTest, RemembersThatItIsFinished) {
    {
        RunStore store = create();
        EXPECT_FALSE(store.is_finished().value());
        ASSERT_TRUE(store.mark_finished());
        ASSERT_TRUE(store.mark_finished()) << "twice is as good as once";
    }
    EXPECT_TRUE(RunStore::open(path_).value().is_finished().value());
}

TEST_F(RunStoreTest, RefusesAPathThatExists) {
    fill(1);
    const Result<RunStore> second = RunStore::create(path_, kHeader);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::bad_input);
    EXPECT_EQ(RunStore::open(path_).value().designs().value().size(), 1U) << "the first one is intact";
}

TEST_F(RunStoreTest, IsNotDisturbedByWhatAKilledCreationLeft) {
    ASSERT_TRUE(write_file(path_.string() + ".part", "half a store", Existing::refuse));
    ASSERT_TRUE(write_file(path_.string() + ".part-journal", "half a journal", Existing::refuse));
    fill(1);
    EXPECT_EQ(RunStore::open(path_).value().designs().value().size(), 1U);
}

TEST_F(RunStoreTest, NamesTheFolderThatIsMissing) {
    const fs::path path = directory_.path() / "nowhere" / "run.sqlite";
    const Result<RunStore> store = RunStore::create(path, kHeader);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().kind, ErrorKind::failed);
    EXPECT_NE(to_string(store.error()).find(path.string() + ": "), std::string::npos);
    EXPECT_EQ(to_string(store.error()).find(".part"), std::string::npos) << to_string(store.error());
}

TEST_F(RunStoreTest, RefusesWhatIsNoStore) {
    EXPECT_NE(opening_error(ErrorKind::bad_input).find("no such file"), std::string::npos);
    fs::create_directory(path_);
    EXPECT_NE(opening_error(ErrorKind::bad_input).find("no file"), std::string::npos);
    fs::remove(path_);
    ASSERT_TRUE(write_file(path_, "", Existing::refuse));
    EXPECT_NE(opening_error(ErrorKind::bad_input).find("an empty file"), std::string::npos);
    ASSERT_TRUE(write_file(path_, std::string(5000, 'x'), Existing::replace));
    EXPECT_NE(opening_error(ErrorKind::bad_input).find("no SQLite database"), std::string::npos);
    ASSERT_TRUE(write_file(path_, "short", Existing::replace));
    EXPECT_NE(opening_error(ErrorKind::bad_input).find("no SQLite database"), std::string::npos);
}

TEST_F(RunStoreTest, RefusesTheDatabaseOfAnotherProgram) {
    run_sql(path_, "CREATE TABLE designs (id INTEGER)");
    EXPECT_NE(opening_error(ErrorKind::bad_input).find("Tandem did not write"), std::string::npos);
}

TEST_F(RunStoreTest, RefusesANewerSchema) {
    fill(1);
    run_sql(path_, "PRAGMA user_version = 9");
    const std::string error = opening_error(ErrorKind::bad_input);
    EXPECT_NE(error.find("schema version 9"), std::string::npos) << error;
    EXPECT_NE(error.find("newer Tandem"), std::string::npos) << error;
}

TEST_F(RunStoreTest, RefusesATruncatedFileAtAnyLength) {
    fill(20);
    const std::string whole = read_file(path_).value();
    Random random(5);
    for (int i = 0; i < 40; ++i) {
        const std::size_t length = 1 + random.below(whole.size() - 1);
        ASSERT_TRUE(write_file(path_, whole.substr(0, length), Existing::replace));
        const Result<RunStore> store = RunStore::open(path_);
        ASSERT_FALSE(store) << "truncated to " << length << " of " << whole.size() << " bytes";
        EXPECT_EQ(store.error().kind, ErrorKind::bad_input) << to_string(store.error());
    }
}

TEST_F(RunStoreTest, NeverCrashesOnFlippedBits) {
    fill(20);
    const std::string whole = read_file(path_).value();
    Random random(6);
    for (int i = 0; i < 60; ++i) {
        std::string flipped = whole;
        for (int k = 0; k < 8; ++k) {
            // Half of them in the first page, which holds the header and the schema.
            const std::size_t place = random.below(k % 2 == 0 ? 4096 : whole.size());
            flipped[place] = static_cast<char>(flipped[place] ^ (1 << random.below(8)));
        }
        ASSERT_TRUE(write_file(path_, flipped, Existing::replace));
        const Result<RunStore> store = RunStore::open(path_);
        if (!store) continue;
        const auto designs = store->designs();
        const auto generations = store->generations();
        EXPECT_TRUE(designs || !designs.error().problems.empty());
        EXPECT_TRUE(generations || !generations.error().problems.empty());
    }
}

TEST_F(RunStoreTest, NamesTheDamagedRow) {
    const auto damage = [&](const std::string& sql) -> std::string {
        fs::remove(path_);
        fill(3);
        run_sql(path_, sql);
        const RunStore store = RunStore::open(path_).value();
        const auto designs = store.designs();
        const auto generations = store.generations();
        if (designs && generations) return "nothing is wrong";
        const Error& error = designs ? generations.error() : designs.error();
        EXPECT_EQ(error.kind, ErrorKind::bad_input);
        return to_string(error);
    };
    EXPECT_NE(damage("DELETE FROM designs WHERE id = 2").find("design 3: found a gap"), std::string::npos);
    for (const std::string genome : {"[1]", "[1,]", "[1,2,3]", "1,2", "[1 2]", "[a,b]", ""}) {
        EXPECT_NE(damage("UPDATE designs SET genome = '" + genome + "' WHERE id = 2")
                      .find("design 2: found genome"),
                  std::string::npos)
            << genome;
    }
    EXPECT_NE(
        damage("UPDATE designs SET objectives = '[1,2]' WHERE id = 2").find("design 2: found objectives"),
        std::string::npos);
    EXPECT_NE(damage("UPDATE designs SET infeasible = 'yes' WHERE id = 2").find("design 2: found objectives"),
              std::string::npos);
    EXPECT_NE(
        damage("UPDATE generations SET proposed = '[1' WHERE generation = 1").find("generation 1: found"),
        std::string::npos);
    EXPECT_NE(damage("DELETE FROM generations WHERE generation = 0").find("generation 1: found a gap"),
              std::string::npos);
}

TEST_F(RunStoreTest, RefusesAStoreWithoutItsJob) {
    fill(1);
    run_sql(path_, "DELETE FROM meta WHERE key = 'job'");
    EXPECT_NE(opening_error(ErrorKind::bad_input).find("no 'job'"), std::string::npos);
}

TEST_F(RunStoreTest, StoresNothingOfAGenerationItHasAlready) {
    RunStore store = create();
    ASSERT_TRUE(store.add_generation(generation(0, {1}), {design(1, 0)}));
    const Result<void> again = store.add_generation(generation(0, {2}), {design(2, 0)});
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().kind, ErrorKind::failed);
    EXPECT_EQ(store.designs().value().size(), 1U);
    EXPECT_TRUE(store.add_generation(generation(1, {2}), {design(2, 1)})) << "and goes on";
}

TEST_F(RunStoreTest, ChecksThatDesignsAreTheRuns) {
    RunStore store = create();
    StoredDesign other = design(1, 0);
    other.genome.pop_back();
    EXPECT_THROW(static_cast<void>(store.add_generation(generation(0, {1}), {other})), InternalError);
    other = design(1, 0);
    other.evaluation.objectives.pop_back();
    EXPECT_THROW(static_cast<void>(store.add_generation(generation(0, {1}), {other})), InternalError);
    EXPECT_TRUE(store.designs().value().empty());
    EXPECT_TRUE(store.add_generation(generation(0, {1}), {design(1, 0)})) << "the transaction was undone";
}

TEST_F(RunStoreTest, SaysThatTheStoreIsInUseInsteadOfWaitingForever) {
    RunStore store = create();
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &other), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(other, "BEGIN EXCLUSIVE", nullptr, nullptr, nullptr), SQLITE_OK);
    const Result<void> added = store.add_generation(generation(0, {1}), {design(1, 0)});
    sqlite3_close(other);
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().kind, ErrorKind::failed);
    EXPECT_NE(to_string(added.error()).find("in use"), std::string::npos) << to_string(added.error());
    EXPECT_TRUE(store.add_generation(generation(0, {1}), {design(1, 0)}));
}

/// Adds generations with much to say until the store fails; how many it took.
std::int64_t fill_until_error(RunStore& store, Error& error) {
    for (std::int64_t i = 0; i < 10'000; ++i) {
        StoredDesign large = design(i + 1, i);
        large.evaluation.details = std::string(20'000, 'd');
        const Result<void> added = store.add_generation(generation(i, {i + 1}), {large});
        if (!added) {
            error = added.error();
            return i;
        }
    }
    return -1;
}

/// A disk of 512 KiB while it lives.
class TinyDisk {
  public:
    explicit TinyDisk(fs::path path) : path_(std::move(path)) {
        fs::create_directory(path_);
        is_mounted_ = ::mount("tmpfs", path_.c_str(), "tmpfs", 0, "size=512k") == 0;
        if (!is_mounted_) reason_ = std::strerror(errno);
    }
    TinyDisk(const TinyDisk&) = delete;
    TinyDisk& operator=(const TinyDisk&) = delete;
    ~TinyDisk() {
        if (is_mounted_) ::umount(path_.c_str());
    }
    void make_read_only() const {
        EXPECT_EQ(::mount("tmpfs", path_.c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, nullptr), 0);
    }
    bool is_mounted() const { return is_mounted_; }
    const std::string& reason() const { return reason_; }

  private:
    fs::path path_;
    std::string reason_;
    bool is_mounted_ = false;
};

TEST_F(RunStoreTest, OnAFullDiskKeepsWhatItHasAndSaysSo) {
    const TinyDisk disk(directory_.path() / "disk");
    if (!disk.is_mounted()) GTEST_SKIP() << "no tmpfs can be mounted here: " << disk.reason();
    path_ = directory_.path() / "disk" / "run.sqlite";
    Error error;
    std::int64_t stored = 0;
    {
        RunStore store = create();
        stored = fill_until_error(store, error);
    }
    ASSERT_GT(stored, 2);
    EXPECT_EQ(error.kind, ErrorKind::failed);
    EXPECT_NE(to_string(error).find(path_.string() + ": found no space left on the disk"), std::string::npos)
        << to_string(error);
    // Read where it lies, on the disk that is still full, and again where there is room to go on.
    EXPECT_EQ(RunStore::open(path_).value().designs().value().size(), static_cast<std::size_t>(stored));
    const fs::path roomy = directory_.path() / "roomy";
    fs::copy(directory_.path() / "disk", roomy);
    RunStore store = RunStore::open(roomy / "run.sqlite").value();
    EXPECT_EQ(store.generations().value().size(), static_cast<std::size_t>(stored));
    EXPECT_TRUE(store.add_generation(generation(stored, {stored + 1}), {design(stored + 1, stored)}));
}

TEST_F(RunStoreTest, CreatesNothingOnAFullDisk) {
    const TinyDisk disk(directory_.path() / "disk");
    if (!disk.is_mounted()) GTEST_SKIP() << "no tmpfs can be mounted here: " << disk.reason();
    path_ = directory_.path() / "disk" / "run.sqlite";
    std::ofstream(directory_.path() / "disk" / "filler") << std::string(1 << 20, 'x');
    const Result<RunStore> store = RunStore::create(path_, kHeader);
    ASSERT_FALSE(store);
    EXPECT_EQ(store.error().kind, ErrorKind::failed);
    EXPECT_NE(to_string(store.error()).find("no space left"), std::string::npos) << to_string(store.error());
    EXPECT_FALSE(fs::exists(path_));
    EXPECT_FALSE(fs::exists(path_.string() + ".part"));
}

TEST_F(RunStoreTest, CanBeReadButNotWrittenOnAReadOnlyDisk) {
    const TinyDisk disk(directory_.path() / "disk");
    if (!disk.is_mounted()) GTEST_SKIP() << "no tmpfs can be mounted here: " << disk.reason();
    path_ = directory_.path() / "disk" / "run.sqlite";
    fill(3);
    disk.make_read_only();
    RunStore store = RunStore::open(path_).value();
    EXPECT_EQ(store.designs().value().size(), 3U);
    EXPECT_EQ(store.generations().value().size(), 3U);
    const Result<void> added = store.add_generation(generation(3, {4}), {design(4, 3)});
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().kind, ErrorKind::failed);
    EXPECT_NE(to_string(added.error()).find("cannot be written"), std::string::npos)
        << to_string(added.error());
    const Result<RunStore> second = RunStore::create(directory_.path() / "disk" / "second.sqlite", kHeader);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().kind, ErrorKind::failed);
}

/// Lets this process write files of a few pages only, while it lives: a disk error without a disk.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
        ::getrlimit(RLIMIT_FSIZE, &before_);
        const rlimit limit{.rlim_cur = bytes, .rlim_max = before_.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;
    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, handler_);
    }

  private:
    rlimit before_{};
    void (*handler_)(int);
};

TEST_F(RunStoreTest, OnADiskErrorKeepsWhatItHasAndSaysSo) {
    RunStore store = create();
    Error error;
    std::int64_t stored = 0;
    {
        const FileSizeLimit limit(300'000);
        stored = fill_until_error(store, error);
    }
    ASSERT_GT(stored, 2);
    EXPECT_EQ(error.kind, ErrorKind::failed);
    EXPECT_NE(to_string(error).find("input or output error"), std::string::npos) << to_string(error);
    EXPECT_TRUE(store.add_generation(generation(stored, {stored + 1}), {design(stored + 1, stored)}))
        << "once the disk works again";
    EXPECT_EQ(store.designs().value().size(), static_cast<std::size_t>(stored + 1));
}

} // namespace
} // namespace tandem
