#include <gtest/gtest.h>

#include "tandem/core/check.h"
#include "tandem/report/report.h"

namespace tandem {
namespace {

TEST(FormatTable, AlignsTextLeftAndNumbersRightUnderARule) {
    EXPECT_EQ(format_table({{"layer", Alignment::left}, {"cycles", Alignment::right}},
                           {{"conv1", "9"}, {"classifier", "1,024"}}),
              "layer       cycles\n"
              "----------  ------\n"
              "conv1            9\n"
              "classifier   1,024\n");
}

TEST(FormatTable, PrintsHeadAndRuleOfAnEmptyTable) {
    EXPECT_EQ(format_table({{"id", Alignment::right}, {"name", Alignment::left}}, {}),
              "id  name\n--  ----\n");
}

TEST(FormatTable, LeavesNoBlanksAtTheEndOfALine) {
    EXPECT_EQ(format_table({{"a", Alignment::left}, {"note", Alignment::left}}, {{"1", ""}, {"2", "longer"}}),
              "a  note\n-  ------\n1\n2  longer\n");
}

TEST(FormatTable, CountsCellsNotBytes) {
    EXPECT_EQ(format_table({{"name", Alignment::left}, {"n", Alignment::right}},
                           {{"größe", "1"}, {"層一", "2"}, {"e\u0301", "3"}, {"plain", "4"}}),
              "name   n\n"
              "-----  -\n"
              "größe  1\n"
              "層一   2\n"
              "e\u0301      3\n"
              "plain  4\n");
}

TEST(FormatTable, LetsNoControlCharacterThrough) {
    EXPECT_EQ(format_table({{"name", Alignment::left}}, {{"a\x1b[31m\nb"}, {"\xff"}}),
              "name\n--------\na [31m b\n\xEF\xBF\xBD\n");
}

TEST(FormatTable, ChecksThatEveryRowHasEveryCell) {
    EXPECT_THROW(format_table({{"a", Alignment::left}, {"b", Alignment::left}}, {{"1"}}), InternalError);
}

} // namespace
} // namespace tandem
