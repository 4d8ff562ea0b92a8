#include "tandem/core/parallel.h"

#include <algorithm>
#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <oneapi/tbb/global_control.h>

#include "tandem/core/check.h"

namespace tandem {
namespace {

TEST(ParallelFor, VisitsEachIndexOnce) {
    std::vector<std::atomic<int>> visits(10'000);
    parallel_for(visits.size(), [&](std::size_t i) { ++visits[i]; });
    for (const auto& count : visits) ASSERT_EQ(count, 1);
    parallel_for(0, [](std::size_t) { FAIL() << "there is no index below zero"; });
}

TEST(ParallelFor, Nests) {
    std::vector<std::atomic<int>> visits(64);
    parallel_for(8, [&](std::size_t i) { parallel_for(8, [&](std::size_t j) { ++visits[8 * i + j]; }); });
    for (const auto& count : visits) EXPECT_EQ(count, 1);
}

TEST(ParallelFor, HandsAnExceptionToTheCaller) {
    EXPECT_THROW(parallel_for(100, [](std::size_t i) { TANDEM_CHECK(i != 42, "the answer is not allowed"); }),
                 InternalError);
}

TEST(ThreadLimit, OfOneKeepsEverythingOnTheCallingThreadInOrder) {
    parallel_for(1'000, [](std::size_t) {}); // wakes workers that would like to help
    const ThreadLimit limit(1);
    std::mutex mutex;
    std::set<std::thread::id> threads;
    std::vector<std::size_t> order;
    parallel_for(1'000, [&](std::size_t i) {
        const std::lock_guard lock(mutex);
        threads.insert(std::this_thread::get_id());
        order.push_back(i);
    });
    EXPECT_EQ(threads, std::set{std::this_thread::get_id()});
    EXPECT_EQ(order.size(), 1'000U);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
}

TEST(ThreadLimit, EndsWithItsScope) {
    const auto limit = [] {
        return oneapi::tbb::global_control::active_value(
            oneapi::tbb::global_control::max_allowed_parallelism);
    };
    const std::size_t before = limit();
    {
        const ThreadLimit limited(1);
        EXPECT_EQ(limit(), 1U);
    }
    EXPECT_EQ(limit(), before);
}

TEST(ThreadLimit, RefusesNoThreads) { EXPECT_THROW(ThreadLimit(0), InternalError); }

TEST(AvailableThreads, IsAtLeastOne) { EXPECT_GE(available_threads(), 1U); }

} // namespace
} // namespace tandem
