#include <limits>

#include <gtest/gtest.h>

#include "tandem/report/text.h"

namespace tandem {
namespace {

TEST(PrintableLine, KeepsWellFormedText) {
    EXPECT_EQ(printable_line("größe 層 🙂"), "größe 層 🙂");
}

TEST(PrintableLine, ReplacesWhatIsNoUtf8) {
    EXPECT_EQ(printable_line("a\xC3"), "a\xEF\xBF\xBD");                               // cut short
    EXPECT_EQ(printable_line("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");                 // overlong
    EXPECT_EQ(printable_line("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"); // surrogate
    EXPECT_EQ(printable_line("\xF5\x80\x80\x80").substr(0, 3), "\xEF\xBF\xBD");        // beyond Unicode
    EXPECT_EQ(printable_line(std::string_view("a\0b", 3)), "a b");
}

TEST(PrintableLine, BlanksLineEndsAndDirectionMarks) {
    EXPECT_EQ(printable_line("a\r\n\tb"), "a   b");
    EXPECT_EQ(printable_line("a\u202Eb"), "a b");
}

TEST(PrintableText, KeepsLineEndsAndTabs) { EXPECT_EQ(printable_text("a\n\tb\x07"), "a\n\tb "); }

TEST(InSentence, KeepsAbbreviations) {
    EXPECT_EQ(in_sentence("Energy"), "energy");
    EXPECT_EQ(in_sentence("Weight storage"), "weight storage");
    EXPECT_EQ(in_sentence("KL divergence"), "KL divergence");
    EXPECT_EQ(in_sentence("RAM (estimated)"), "RAM (estimated)");
    EXPECT_EQ(in_sentence(""), "");
}

TEST(DisplayWidth, CountsTerminalCells) {
    EXPECT_EQ(display_width(""), 0U);
    EXPECT_EQ(display_width("größe"), 5U);
    EXPECT_EQ(display_width("層一"), 4U);
    EXPECT_EQ(display_width("e\u0301"), 1U);
}

TEST(FormatCount, GroupsThousands) {
    EXPECT_EQ(format_count(0), "0");
    EXPECT_EQ(format_count(999), "999");
    EXPECT_EQ(format_count(1000), "1,000");
    EXPECT_EQ(format_count(-1234567), "-1,234,567");
    EXPECT_EQ(format_count(std::numeric_limits<std::int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(FormatFixed, GroupsBeforeThePointAlone) {
    EXPECT_EQ(format_fixed(1234.5678, 3), "1,234.568");
    EXPECT_EQ(format_fixed(-1000000.0, 0), "-1,000,000");
    EXPECT_EQ(format_fixed(-100.0, 1), "-100.0");
}

TEST(FormatFixed, GivesZeroNoSign) { EXPECT_EQ(format_fixed(-0.001, 2), "0.00"); }

TEST(FormatCompact, KeepsAboutFourDigits) {
    EXPECT_EQ(format_compact(0.0), "0");
    EXPECT_EQ(format_compact(0.5), "0.5000");
    EXPECT_EQ(format_compact(9876.0), "9,876");
    EXPECT_EQ(format_compact(12345.0), "12.35 k");
    EXPECT_EQ(format_compact(48123456.0), "48.12 M");
    EXPECT_EQ(format_compact(-2.5e9), "-2.500 G");
    EXPECT_EQ(format_compact(0.00001234), "1.23e-05");
}

TEST(EncodeBase64, PadsAsTheStandardSays) {
    EXPECT_EQ(encode_base64(""), ""); // RFC 4648, section 10
    EXPECT_EQ(encode_base64("f"), "Zg==");
    EXPECT_EQ(encode_base64("fo"), "Zm8=");
    EXPECT_EQ(encode_base64("foobar"), "Zm9vYmFy");
    EXPECT_EQ(encode_base64(std::string("\0\xff\x10", 3)), "AP8Q");
}

} // namespace
} // namespace tandem
