#include "tandem/report/fine_tuning_tables.h"

#include <gtest/gtest.h>

#include "synthetic_run.h"
#include "tandem/report/report.h"
#include "tandem/report/run_schema.h"

namespace tandem {
namespace {

Document tuning() {
    const Document::Map winner{{"id", 2}, {"estimate", 0.91}, {"accuracy", 0.92}, {"goes_on", true}};
    const Document::Map loser{{"id", 1}, {"accuracy", 0.915}, {"goes_on", false}};
    const Document::Map chosen{{"label", "chosen"},
                               {"id", 2},
                               {"estimate", 0.91},
                               {"accuracy", 0.9234},
                               {"test_accuracy", 0.9176},
                               {"beaten_by", Document::List{"below 4-bit (1)"}},
                               {"objectives", Document::Map{{"energy", 1'250'000.0}, {"latency", 20'000}}}};
    const Document::Map uniform{
        {"label", "4-bit"}, {"accuracy", 0.901}, {"test_accuracy", 0.9}, {"reason", "no array <fits>"}};
    return Document::Map{
        {"method", "lsq"},
        {"final_epochs", 2},
        {"trainings", 4},
        {"epochs", 6},
        {"images", 324'000},
        {"rounds", Document::List{Document::Map{{"epochs", 1}, {"designs", Document::List{winner, loser}}}}},
        {"finals", Document::List{chosen, uniform}}};
}

Document run_with_tuning() {
    Document run = synthetic_run(60);
    auto& members = std::get<Document::Map>(run.value);
    members.emplace_back("fine_tuning", tuning());
    for (auto& [key, value] : members) {
        if (key != "phases") continue;
        std::get<Document::List>(value.value)
            .push_back(Document::Map{{"name", "fine-tuning"}, {"seconds", 81.6}});
    }
    return run;
}

TEST(FineTuningTables, PrintFinalsAndWhatTheyTook) {
    const std::string text = format_fine_tuning(run_with_tuning(), 81.6);
    EXPECT_NE(text.find("92.34"), std::string::npos) << text;
    EXPECT_NE(text.find("91.76"), std::string::npos) << text;
    EXPECT_NE(text.find("1.250 M"), std::string::npos) << text;
    EXPECT_NE(text.find("below 4-bit (1)\n"), std::string::npos) << text;
    EXPECT_NE(text.find("\n4-bit does not fit: no array <fits>\n"), std::string::npos) << text;
    EXPECT_NE(text.find("4 trainings, 2 of 2 epochs each in full, 6 epochs in all, 324,000 images, 82 s"),
              std::string::npos)
        << text;
}

TEST(FineTuningTables, AreNothingForARunThatTrainedNothing) {
    EXPECT_EQ(format_fine_tuning(synthetic_run(60), 0.0), "");
    const Document run = synthetic_run(60);
    EXPECT_EQ(emit_fine_tuning(view_run(run)), "");
}

TEST(FineTuningTables, StandInThePageOfARunThatKeepsToTheSchema) {
    const Document run = run_with_tuning();
    const Result<void> valid = validate_run_document(run, "run.json");
    ASSERT_TRUE(valid) << to_string(valid.error());
    const std::string page = emit_html(run);
    EXPECT_NE(page.find("<section id=\"fine-tuning\""), std::string::npos);
    EXPECT_NE(page.find("id=\"finals-table\""), std::string::npos);
    EXPECT_NE(page.find("id=\"rounds-table\""), std::string::npos);
    EXPECT_NE(page.find("below 4-bit (1)"), std::string::npos);
    EXPECT_NE(page.find("4-bit does not fit: no array &lt;fits&gt;."), std::string::npos);
    EXPECT_NE(page.find("324,000 images, 82 s"), std::string::npos);
}

TEST(FineTuningTables, OfUnknownDesignsAreRefused) {
    Document run = run_with_tuning();
    for (auto& [key, value] : std::get<Document::Map>(run.value)) {
        if (key != "fine_tuning") continue;
        Document& final_strategy =
            std::get<Document::List>(std::get<Document::Map>(value.value).back().second.value)[0];
        for (auto& [name, member] : std::get<Document::Map>(final_strategy.value)) {
            if (name == "id") member = Document(100'000);
        }
    }
    const Result<void> valid = validate_run_document(run, "run.json");
    ASSERT_FALSE(valid);
    EXPECT_NE(to_string(valid.error()).find("fine_tuning.finals"), std::string::npos)
        << to_string(valid.error());
}

} // namespace
} // namespace tandem
