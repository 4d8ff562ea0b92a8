// The promise that a killed run loses nothing but the generation in progress, kept by killing it.
#include <chrono>
#include <csignal>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tandem/core/files.h"
#include "tandem/core/random.h"
#include "toy_problem.h"

extern char** environ; // NOLINT(readability-redundant-declaration): POSIX leaves it to us

namespace tandem {
namespace {

namespace fs = std::filesystem;

#ifdef TANDEM_KILL_ROUNDS // the slow tests do the same at full size
constexpr int kRounds = TANDEM_KILL_ROUNDS;
#else
constexpr int kRounds = 8;
#endif

/// A victim at work: its process, and the end of the pipe that its allowance is written to.
struct Victim {
    pid_t process = -1;
    int allowance = -1;
};

/// Starts the victim on the store.
Victim start_victim(const fs::path& store) {
    int pipe[2];
    EXPECT_EQ(::pipe2(pipe, O_CLOEXEC), 0);
    ::posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, pipe[0], STDIN_FILENO);
    std::string program = TANDEM_DRIVER_VICTIM;
    std::string argument = store.string();
    char* arguments[] = {program.data(), argument.data(), nullptr};
    Victim victim{.allowance = pipe[1]};
    EXPECT_EQ(::posix_spawn(&victim.process, program.c_str(), &actions, nullptr, arguments, environ), 0);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(pipe[0]);
    return victim;
}

/// Waits for its end; the wait status.
int wait_for(const Victim& victim) {
    int status = 0;
    EXPECT_EQ(::waitpid(victim.process, &status, 0), victim.process);
    return status;
}

/// Lets it work to the end, which must come well.
void finish(const fs::path& store) {
    const Victim victim = start_victim(store);
    ::close(victim.allowance);
    EXPECT_EQ(wait_for(victim), 0);
}

/// Lets it begin `evaluations` and no more, and kills it at a random moment on the way there. It
/// cannot reach its end, however fast the machine or slow this process: the allowance stops it.
void kill_within(const fs::path& store, std::size_t evaluations, Random& random) {
    const Victim victim = start_victim(store);
    const std::string allowance(evaluations, '.');
    ASSERT_EQ(::write(victim.allowance, allowance.data(), evaluations), std::ssize(allowance));
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(1'000 * evaluations)));
    ::kill(victim.process, SIGKILL);
    const int status = wait_for(victim);
    ::close(victim.allowance);
    EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself with status " << status;
}

TEST(KilledRun, EndsLikeAnUninterruptedOne) {
    const TemporaryDirectory directory = TemporaryDirectory::create().value();
    const fs::path whole = directory.path() / "whole.sqlite";
    finish(whole);
    const std::vector<StoredDesign> expected = toy::timeless(RunStore::open(whole).value().designs().value());
    ASSERT_EQ(expected.size(), 120U);

    constexpr std::uint64_t kSeed = 2024;
    Random random(kSeed);
    for (int round = 0; round < kRounds; ++round) {
        const fs::path path = directory.path() / ("killed" + std::to_string(round) + ".sqlite");
        for (int kill = 0; kill < 3; ++kill) {
            kill_within(path, 38, random);   // three times 38 evaluations are fewer than the run needs
            if (!fs::exists(path)) continue; // killed before there was a store: nothing was promised
            const Result<RunStore> store = RunStore::open(path);
            ASSERT_TRUE(store) << to_string(store.error());
            const std::vector<StoredDesign> designs = toy::timeless(store->designs().value());
            ASSERT_EQ(designs.size() % 10, 0U) << "whole generations only";
            ASSERT_TRUE(std::equal(designs.begin(), designs.end(), expected.begin()))
                << "seed " << kSeed << ", round " << round << ", " << designs.size() << " designs";
        }
        finish(path);
        EXPECT_EQ(toy::timeless(RunStore::open(path).value().designs().value()), expected)
            << "round " << round;
        EXPECT_FALSE(fs::exists(path.string() + "-wal")) << "one file is left at the end";
    }
}

} // namespace
} // namespace tandem
