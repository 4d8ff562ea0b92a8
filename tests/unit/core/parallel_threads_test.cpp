// The loops on plain threads, which tandem-trainer has in place of oneTBB's.
#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tandem/core/check.h"
#include "tandem/core/parallel.h"

namespace tandem {
namespace {

TEST(LoopsOnThreads, VisitEachPairOnceWhereTheyNest) {
    std::vector<std::atomic<int>> visits(64 * 64);
    parallel_for(64, [&](std::size_t i) { parallel_for(64, [&](std::size_t j) { ++visits[64 * i + j]; }); });
    EXPECT_TRUE(std::all_of(visits.begin(), visits.end(), [](const auto& count) { return count == 1; }));
    parallel_for(0, [](std::size_t) { FAIL() << "there is no index below zero"; });
}

TEST(LoopsOnThreads, HandAnExceptionToTheCallerAndGoOn) {
    const auto fails = [](std::size_t i) { TANDEM_CHECK(i != 42, "the answer is not allowed"); };
    for (int i = 0; i < 10; ++i) EXPECT_THROW(parallel_for(100, fails), InternalError);
    std::atomic<int> visits = 0;
    parallel_for(100, [&](std::size_t) { ++visits; });
    EXPECT_EQ(visits, 100);
}

TEST(LoopsOnThreads, KeepToTheLowestLimitAlive) {
    const auto threads_of_a_loop = [] {
        std::mutex mutex;
        std::set<std::thread::id> threads;
        parallel_for(100, [&](std::size_t) {
            std::this_thread::yield();
            const std::lock_guard lock(mutex);
            threads.insert(std::this_thread::get_id());
        });
        return threads;
    };
    {
        const ThreadLimit outer(1);
        const ThreadLimit inner(8);
        EXPECT_EQ(threads_of_a_loop(), std::set{std::this_thread::get_id()});
    }
    const ThreadLimit limit(3);
    EXPECT_LE(threads_of_a_loop().size(), 3U);
    EXPECT_THROW(ThreadLimit(0), InternalError);
}

} // namespace
} // namespace tandem
