#include "tandem/core/process.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(RunProcess, CapturesBothOutputsAndTheStatus) {
    const Result<FinishedProcess> finished = run_process({"sh", "-c", "echo out; echo error >&2; exit 3"});
    ASSERT_TRUE(finished.has_value()) << to_string(finished.error());
    EXPECT_EQ(*finished, (FinishedProcess{.status = 3, .output = "out\nerror\n"}));
}

TEST(RunProcess, ReportsSignalsAsShellsDo) {
    EXPECT_EQ(run_process({"sh", "-c", "kill -TERM $$"})->status, 128 + 15);
}

TEST(RunProcess, GivesNoInput) { EXPECT_EQ(run_process({"cat"})->output, ""); }

TEST(RunProcess, TakesMoreOutputThanAPipeHolds) {
    EXPECT_EQ(run_process({"head", "-c", "300000", "/dev/zero"})->output.size(), 300000U);
}

TEST(RunProcess, NamesAProgramThatCannotBeStarted) {
    const Result<FinishedProcess> finished = run_process({"/nonexistent/program"});
    ASSERT_FALSE(finished.has_value());
    EXPECT_EQ(
        to_string(finished.error()),
        "/nonexistent/program: found No such file or directory, expected a program that can be started");
}

TEST(FindProgram, LooksAlongThePath) {
    EXPECT_FALSE(find_program("sh").empty());
    EXPECT_EQ(find_program("a-program-nobody-has"), "");
}

} // namespace
} // namespace tandem
