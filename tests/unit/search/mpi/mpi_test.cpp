// The promises of a run on many processes, kept by running it on some and taking some away.
#include "tandem/search/mpi/mpi_world.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>
#include <set>
#include <thread>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "../toy_problem.h"
#include "tandem/core/files.h"
#include "tandem/core/random.h"

namespace tandem {
namespace {

namespace fs = std::filesystem;

struct Ended {
    int status = 0;
    std::string output;
};

/// Runs the victim; its standard output and error.
Ended launch(const std::string& launcher, const fs::path& store, const std::string& arguments) {
    const std::string command =
        launcher + " " + TANDEM_MPI_VICTIM + " " + store.string() + " " + arguments + " 2>&1";
    Ended outcome;
    std::FILE* const pipe = ::popen(command.c_str(), "r");
    std::array<char, 4096> buffer{};
    while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) {
        outcome.output.append(buffer.data(), size);
    }
    outcome.status = ::pclose(pipe);
    return outcome;
}

/// On so many ranks of this machine.
Ended mpirun(int ranks, const fs::path& store, const std::string& arguments) {
    return launch("mpirun --allow-run-as-root --oversubscribe --enable-recovery -n " + std::to_string(ranks),
                  store, arguments);
}

/// On three ranks of three hosts.
Ended mpirun_on_hosts(const fs::path& store, const std::string& arguments) {
    return launch(TANDEM_SOURCE_DIR "/tests/unit/search/mpi/on_hosts.sh 3 3", store, arguments);
}

constexpr int kNoHosts = 77; ///< with which on_hosts.sh says that it cannot make any

/// The hosts that evaluated some of the designs.
std::set<std::string> hosts_of(const std::vector<StoredDesign>& designs) {
    std::set<std::string> hosts;
    for (const StoredDesign& design : designs) hosts.insert(design.worker.substr(0, design.worker.find(':')));
    return hosts;
}

/// The processes that work on a store now.
std::vector<pid_t> ranks_on(const fs::path& store) {
    std::vector<pid_t> ranks;
    for (const fs::directory_entry& entry : fs::directory_iterator("/proc")) {
        const pid_t process = std::atoi(entry.path().filename().c_str());
        std::ifstream file(entry.path() / "cmdline");
        const std::string line{std::istreambuf_iterator<char>(file), {}};
        if (process > 0 && line.starts_with(std::string(TANDEM_MPI_VICTIM) + '\0' + store.string() + '\0')) {
            ranks.push_back(process);
        }
    }
    return ranks;
}

/// Runs on three ranks and kills all of them, one after the other, at random moments.
void kill_within(const fs::path& store, Random& random) {
    std::future<Ended> run = std::async(std::launch::async, mpirun, 3, store, "20");
    std::vector<pid_t> ranks;
    while (ranks.size() < 3 && run.wait_for(std::chrono::milliseconds(10)) != std::future_status::ready) {
        ranks = ranks_on(store);
    }
    random.shuffle(std::span(ranks));
    std::this_thread::sleep_for(std::chrono::milliseconds(random.below(1000))); // they take a while to meet
    for (const pid_t rank : ranks) {
        std::this_thread::sleep_for(std::chrono::milliseconds(random.below(300)));
        ::kill(rank, SIGKILL);
    }
    run.wait();
}

std::vector<StoredDesign> designs_in(const fs::path& store) {
    return RunStore::open(store).value().designs().value();
}

class MpiRun : public testing::Test {
  protected:
    void SetUp() override {
        if (!has_mpi() || std::system("command -v mpirun > /dev/null") != 0) {
            GTEST_SKIP() << "no MPI: the package libopenmpi-dev brings it, and openmpi-bin its mpirun";
        }
        const auto alone = make_algorithm(kSpace, toy::options());
        RunStore store = RunStore::create(directory_.path() / "alone.sqlite", toy::header(kSpace)).value();
        DriverOptions options;
        options.hypervolume_reference = {1.1, 10.0};
        Progress silent;
        expected_ = toy::timeless(drive(*alone, toy::constrained, store, options, silent).value());
    }

    const GenomeSpace kSpace = toy::space(12, 8);
    TemporaryDirectory directory_ = TemporaryDirectory::create().value();
    std::vector<StoredDesign> expected_;
};

TEST_F(MpiRun, GivesOnAnyNumberOfRanksWhatOneProcessGives) {
    for (const int ranks : {1, 2, 4}) {
        const fs::path path = directory_.path() / (std::to_string(ranks) + ".sqlite");
        const Ended outcome = mpirun(ranks, path, "1");
        ASSERT_EQ(outcome.status, 0) << ranks << " ranks: " << outcome.output;
        const std::vector<StoredDesign> designs = designs_in(path);
        EXPECT_EQ(toy::timeless(designs), expected_) << ranks << " ranks";
        std::set<std::string> workers;
        for (const StoredDesign& design : designs) workers.insert(design.worker);
        EXPECT_LE(workers.size(), static_cast<std::size_t>(ranks));
    }
}

TEST_F(MpiRun, GoesOnWithoutARankThatDiesMidBatch) {
    const fs::path path = directory_.path() / "died.sqlite";
    const Ended outcome = mpirun(3, path, "5 die");
    const std::vector<StoredDesign> designs = designs_in(path);
    EXPECT_EQ(toy::timeless(designs), expected_) << outcome.output;
    EXPECT_TRUE(std::ranges::any_of(designs, [](const StoredDesign& design) { return design.attempt == 2; }))
        << "an evaluation was given to another: " << outcome.output;
}

TEST_F(MpiRun, GoesOnWithoutARankThatHangs) {
    const fs::path path = directory_.path() / "hung.sqlite";
    const Ended outcome = mpirun(3, path, "5 hang");
    const std::vector<StoredDesign> designs = designs_in(path);
    EXPECT_EQ(toy::timeless(designs), expected_) << outcome.output;
    EXPECT_TRUE(std::ranges::any_of(designs, [](const StoredDesign& design) { return design.attempt == 2; }))
        << outcome.output;
}

TEST_F(MpiRun, GivesOnSeparateHostsWhatOneProcessGives) {
    const fs::path path = directory_.path() / "hosts.sqlite";
    const Ended outcome = mpirun_on_hosts(path, "5");
    if (WEXITSTATUS(outcome.status) == kNoHosts) GTEST_SKIP() << outcome.output;
    ASSERT_EQ(outcome.status, 0) << outcome.output;
    const std::vector<StoredDesign> designs = designs_in(path);
    EXPECT_EQ(toy::timeless(designs), expected_);
    EXPECT_EQ(hosts_of(designs), (std::set<std::string>{"host-1", "host-2", "host-3"}));
}

TEST_F(MpiRun, GoesOnWithoutAHostWhoseRankDies) {
    const fs::path path = directory_.path() / "lost-host.sqlite";
    const Ended outcome = mpirun_on_hosts(path, "5 die");
    if (WEXITSTATUS(outcome.status) == kNoHosts) GTEST_SKIP() << outcome.output;
    const std::vector<StoredDesign> designs = designs_in(path);
    EXPECT_EQ(toy::timeless(designs), expected_) << outcome.output;
    EXPECT_TRUE(std::ranges::any_of(designs, [](const StoredDesign& design) {
        return design.attempt == 2 && design.worker.starts_with("host-");
    })) << outcome.output;
}

TEST_F(MpiRun, EndsLikeOneProcessHoweverOftenItsRanksAreKilled) {
    const fs::path path = directory_.path() / "killed.sqlite";
    constexpr std::uint64_t kSeed = 6;
    Random random(kSeed);
    for (int round = 0; round < 12; ++round) {
        kill_within(path, random);
        if (!fs::exists(path)) continue; // killed before there was a store
        const std::vector<StoredDesign> designs = toy::timeless(designs_in(path));
        ASSERT_EQ(designs.size() % 10, 0U) << "whole generations only";
        ASSERT_TRUE(std::equal(designs.begin(), designs.end(), expected_.begin()))
            << "seed " << kSeed << ", round " << round;
    }
    const Ended resumed = mpirun(3, path, "1");
    EXPECT_EQ(resumed.status, 0) << resumed.output;
    EXPECT_EQ(toy::timeless(designs_in(path)), expected_);
}

TEST_F(MpiRun, IsResumedAfterTheDriverDied) {
    const fs::path path = directory_.path() / "driver.sqlite";
    const Ended outcome = mpirun(2, path, "2 stop-driver");
    EXPECT_EQ(designs_in(path).size(), 40U) << "whole generations: " << outcome.output;
    const Ended resumed = mpirun(2, path, "2");
    EXPECT_EQ(resumed.status, 0) << resumed.output;
    EXPECT_EQ(toy::timeless(designs_in(path)), expected_);
}

} // namespace
} // namespace tandem
