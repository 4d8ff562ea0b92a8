#include "tandem/core/result.h"

#include <memory>

#include <gtest/gtest.h>

#include "tandem/core/check.h"

namespace tandem {
namespace {

Result<int> half(int number) {
    if (number % 2 != 0) return bad_input("a.yaml", "line 3: size", std::to_string(number), "an even number");
    return number / 2;
}

Result<void> must_be_even(int number) {
    TANDEM_TRY(half(number));
    return {};
}

Result<int> quarter(int number) {
    TANDEM_TRY(must_be_even(number));
    const int halved = TANDEM_TRY(half(number));
    return half(halved);
}

Outcome<int> fit(int bytes) {
    if (bytes > 8) return tl::unexpected(Infeasible{"the buffer holds 8 bytes"});
    return bytes;
}

Outcome<int> fit_twice(int bytes) { return TANDEM_TRY(fit(bytes * 2)); }

TEST(Try, YieldsTheValue) { EXPECT_EQ(quarter(12).value(), 3); }

TEST(Try, ReturnsTheErrorToTheCaller) {
    EXPECT_EQ(to_string(quarter(3).error()), "a.yaml: line 3: size: found 3, expected an even number");
    EXPECT_EQ(quarter(6).error().problems.front().found, "3");
}

TEST(Try, WorksForOutcomesToo) {
    EXPECT_EQ(fit_twice(4).value(), 8);
    EXPECT_EQ(fit_twice(5).error().reason, "the buffer holds 8 bytes");
}

TEST(Try, MovesValuesThatCannotBeCopied) {
    const auto make = []() -> Result<std::unique_ptr<int>> { return std::make_unique<int>(7); };
    const auto use = [&]() -> Result<int> {
        const std::unique_ptr<int> value = TANDEM_TRY(make());
        return *value;
    };
    EXPECT_EQ(use().value(), 7);
}

TEST(Problem, LeavesOutEmptyParts) {
    EXPECT_EQ(to_string(Problem{.file = "f", .place = "p", .found = "x", .expected = "y"}),
              "f: p: found x, expected y");
    EXPECT_EQ(to_string(Problem{.file = "f", .place = "", .found = "x", .expected = ""}), "f: found x");
    EXPECT_EQ(to_string(Problem{.file = "", .place = "p", .found = "", .expected = "y"}), "p: expected y");
}

TEST(Problem, IsOneLineWhateverAFileSays) {
    const Problem problem{.file = "a\nb.yaml", .place = "", .found = "'\x1b[31m\r'", .expected = "\xC3\xA4"};
    EXPECT_EQ(to_string(problem), "a\\nb.yaml: found '\\x1b[31m\\x0d', expected \xC3\xA4");
}

TEST(Error, PrintsOneLineAProblem) {
    const Error error = bad_input({Problem{.file = "a", .place = {}, .found = "1", .expected = {}},
                                   Problem{.file = "b", .place = {}, .found = "2", .expected = {}}})
                            .value();
    EXPECT_EQ(to_string(error), "a: found 1\nb: found 2");
}

TEST(Error, KnowsItsKind) {
    EXPECT_EQ(bad_input("f", "", "x", "y").value().kind, ErrorKind::bad_input);
    EXPECT_EQ(failed("f", "", "x", "y").value().kind, ErrorKind::failed);
}

TEST(Error, NeedsAProblem) { EXPECT_THROW(bad_input(std::vector<Problem>{}), InternalError); }

TEST(NearestWord, FindsASlip) {
    const std::vector<std::string> known = {"bitserial", "spatial", "streaming"};
    EXPECT_EQ(nearest_word("spacial", known), "spatial");
    EXPECT_EQ(nearest_word("Streaming", known), "streaming");
    EXPECT_EQ(nearest_word("stremaing", known), "streaming");
}

TEST(NearestWord, IsEmptyWhenNothingIsNear) {
    EXPECT_EQ(nearest_word("systolic", {"bitserial", "spatial"}), "");
    EXPECT_EQ(nearest_word("x", {}), "");
    EXPECT_EQ(nearest_word("", {"spatial"}), "");
}

TEST(WithSuggestion, QuotesTheWordAndOffersTheNearest) {
    EXPECT_EQ(with_suggestion("spacial", {"spatial"}), "'spacial' (did you mean 'spatial'?)");
    EXPECT_EQ(with_suggestion("systolic", {"spatial"}), "'systolic'");
}

TEST(Check, ThrowsInternalErrorWithPlaceConditionAndMessage) {
    try {
        TANDEM_CHECK(1 == 2, "numbers differ");
        FAIL() << "the check held";
    } catch (const InternalError& error) {
        const std::string what = error.what();
        EXPECT_NE(what.find("result_test.cpp:"), std::string::npos) << what;
        EXPECT_NE(what.find("numbers differ (1 == 2)"), std::string::npos) << what;
    }
}

TEST(Check, IsSilentWhenTheConditionHolds) { EXPECT_NO_THROW(TANDEM_CHECK(1 == 1, "never")); }

} // namespace
} // namespace tandem
