// The promise that a killed run loses nothing but the generation in progress, kept by killing it.
#include <chrono>
#include <csignal>
#include <thread>

#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>

#include "tandem/core/files.h"
#include "tandem/core/random.h"
#include "toy_problem.h"

extern char** environ; // NOLINT(readability-redundant-declaration): POSIX leaves it to us

namespace tandem {
namespace {

namespace fs = std::filesystem;

/// Starts the victim on the store; its process number.
pid_t start_victim(const fs::path& store) {
    std::string program = TANDEM_DRIVER_VICTIM;
    std::string argument = store.string();
    char* arguments[] = {program.data(), argument.data(), nullptr};
    pid_t process = -1;
    EXPECT_EQ(::posix_spawn(&process, program.c_str(), nullptr, nullptr, arguments, environ), 0);
    return process;
}

/// Waits for its end; the wait status.
int wait_for(pid_t process) {
    int status = 0;
    EXPECT_EQ(::waitpid(process, &status, 0), process);
    return status;
}

TEST(KilledRun, EndsLikeAnUninterruptedOne) {
    const TemporaryDirectory directory = TemporaryDirectory::create().value();
    const fs::path whole = directory.path() / "whole.sqlite";
    ASSERT_EQ(wait_for(start_victim(whole)), 0);
    const std::vector<StoredDesign> expected = toy::timeless(RunStore::open(whole).value().designs().value());
    ASSERT_EQ(expected.size(), 120U);

    constexpr std::uint64_t kSeed = 2024;
    Random random(kSeed);
    int killed = 0;
    for (int round = 0; round < 5; ++round) {
        const fs::path path = directory.path() / ("killed" + std::to_string(round) + ".sqlite");
        for (bool is_finished = false; !is_finished;) {
            const pid_t victim = start_victim(path);
            // A whole run takes some hundred milliseconds; most die in the middle of it.
            std::this_thread::sleep_for(std::chrono::microseconds(5'000 + random.below(100'000)));
            ::kill(victim, SIGKILL);
            const int status = wait_for(victim);
            is_finished = WIFEXITED(status);
            killed += is_finished ? 0 : 1;
            ASSERT_TRUE(!is_finished || WEXITSTATUS(status) == 0) << "seed " << kSeed << ", round " << round;
            if (!fs::exists(path)) continue; // killed before there was a store: nothing was promised
            const Result<RunStore> store = RunStore::open(path);
            ASSERT_TRUE(store) << to_string(store.error());
            const std::vector<StoredDesign> designs = toy::timeless(store->designs().value());
            ASSERT_EQ(designs.size() % 10, 0U) << "whole generations only";
            ASSERT_TRUE(std::equal(designs.begin(), designs.end(), expected.begin()))
                << "seed " << kSeed << ", round " << round << ", " << designs.size() << " designs";
        }
        EXPECT_EQ(toy::timeless(RunStore::open(path).value().designs().value()), expected)
            << "round " << round;
        EXPECT_FALSE(fs::exists(path.string() + "-wal")) << "one file is left at the end";
    }
    EXPECT_GE(killed, 5) << "the victim was too fast to be killed; slow it down";
}

} // namespace
} // namespace tandem
