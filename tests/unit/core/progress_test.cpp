#include "tandem/core/progress.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>
#include <pty.h>
#include <unistd.h>

#include "tandem/core/line_progress.h"
#include "tandem/core/log.h"

namespace tandem {
namespace {

/// What `body` writes to standard error when that is a terminal.
template <class Body> std::string shown_on_terminal(const Body& body) {
    int screen = -1;
    int terminal = -1;
    if (openpty(&screen, &terminal, nullptr, nullptr, nullptr) != 0) return "no terminal";
    const int saved = dup(STDERR_FILENO);
    dup2(terminal, STDERR_FILENO);
    body();
    dup2(saved, STDERR_FILENO);
    close(saved);
    // One more character, so that reading ends when everything was read.
    std::string shown;
    char character = write(terminal, "$", 1) == 1 ? ' ' : '$';
    while (character != '$' && read(screen, &character, 1) == 1) shown += character;
    close(terminal);
    close(screen);
    return shown;
}

void work(Progress& progress) {
    progress.begin("generation", 4);
    for (int i = 1; i <= 4; ++i) progress.update(i, "accuracy 0.91");
    progress.end();
}

TEST(Progress, DrawsABarOnATerminalAndClearsIt) {
    const std::string shown = shown_on_terminal([] { work(*make_progress(Verbosity::normal)); });
    EXPECT_NE(shown.find("generation"), std::string::npos) << shown;
    EXPECT_NE(shown.find("100 %"), std::string::npos) << shown;
    EXPECT_NE(shown.find("accuracy 0.91"), std::string::npos) << shown;
    EXPECT_TRUE(shown.ends_with("\r\033[K$")) << shown;
}

TEST(Progress, IsSilentWhenAskedToBe) {
    EXPECT_EQ(shown_on_terminal([] { work(*make_progress(Verbosity::quiet)); }), "$");
}

TEST(Progress, LeavesShortWorkOutOfALog) {
    testing::internal::CaptureStderr();
    work(*make_progress(Verbosity::normal));
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Progress, TellsALogHowFarAPhaseIs) {
    testing::internal::CaptureStderr();
    work(*make_line_progress(std::chrono::milliseconds(0)));
    EXPECT_EQ(testing::internal::GetCapturedStderr(),
              "generation: 25 %, 0:00 left, accuracy 0.91\ngeneration: 50 %, 0:00 left, accuracy 0.91\n"
              "generation: 75 %, 0:00 left, accuracy 0.91\ngeneration: 100 %, 0:00 left, accuracy 0.91\n");
}

TEST(Progress, KeepsALogFreeOfWhatThePeriodHasNotAllowed) {
    testing::internal::CaptureStderr();
    work(*make_line_progress(std::chrono::hours(1)));
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

TEST(Progress, TakesAnEmptyPhase) {
    const std::string shown = shown_on_terminal([] {
        const auto progress = make_progress(Verbosity::normal);
        progress->begin("nothing", 0);
        progress->end();
    });
    EXPECT_NE(shown.find("nothing"), std::string::npos) << shown;
}

TEST(Log, WritesOneLineAnEventFromItsLevelUp) {
    testing::internal::CaptureStderr();
    set_log_level(LogLevel::info);
    log_debug("hidden");
    log_info("loaded {}");
    log_warning("old file");
    set_log_level(LogLevel::off);
    log_warning("hidden");
    set_log_level(LogLevel::warning);
    EXPECT_EQ(testing::internal::GetCapturedStderr(), "info: loaded {}\nwarning: old file\n");
}

} // namespace
} // namespace tandem
