#include "tandem/core/interrupt.h"

#include <csignal>
#include <cstdlib>

#include <gtest/gtest.h>

namespace tandem {
namespace {

// Each in a process of its own: the flag stays set.
using InterruptDeathTest = ::testing::Test;

TEST_F(InterruptDeathTest, FirstSignalSetsTheFlag) {
    EXPECT_EXIT(
        {
            install_interrupt_handler();
            const bool before = interrupt_flag();
            std::raise(SIGINT);
            std::_Exit(!before && interrupt_flag() ? 0 : 1);
        },
        ::testing::ExitedWithCode(0), "");
}

TEST_F(InterruptDeathTest, SecondSignalEndsTheProcess) {
    EXPECT_EXIT(
        {
            install_interrupt_handler();
            std::raise(SIGINT);
            std::raise(SIGINT);
        },
        ::testing::KilledBySignal(SIGINT), "");
}

} // namespace
} // namespace tandem
