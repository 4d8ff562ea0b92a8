#include "tandem/report/variants_table.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace tandem {
namespace {

TEST(VariantsTable, HasARowAMachineAndTheReasonOfOneWithoutADesign) {
    const Document::Map found{{"name", "spatial-256"}, {"tie", true},        {"designs", 120},
                              {"remembered", 30},      {"front", 7},         {"chosen", 42},
                              {"test_accuracy", 0.91}, {"accuracy", 0.9235}, {"energy", 1'250'000.0}};
    const Document::Map none{{"name", "tiny"}, {"tie", false}, {"reason", "no feasible design"}};
    const Document comparison = Document::Map{
        {"objectives",
         Document::List{
             Document::Map{{"key", "accuracy"}, {"label", "Accuracy"}, {"unit", "%"}, {"scale", 100.0}},
             Document::Map{{"key", "energy"}, {"label", "Energy"}, {"unit", "MACs"}, {"scale", 1.0}}}},
        {"variants", Document::List{found, none}}};
    const std::string table = format_variants(comparison);
    for (const char* text : {"spatial-256", "tied", "free", "30", "92.35 %", "1.250 M", "91.00 %",
                             "energy in MACs", "tiny: no feasible design\n"}) {
        EXPECT_NE(table.find(text), std::string::npos) << text << "\n" << table;
    }
    EXPECT_EQ(std::count(table.begin(), table.end(), '\n'), 6);
}

} // namespace
} // namespace tandem
