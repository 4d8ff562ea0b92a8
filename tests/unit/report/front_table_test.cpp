#include "tandem/report/front_table.h"

#include <algorithm>

#include <gtest/gtest.h>

#include "synthetic_run.h"

namespace tandem {
namespace {

Document layer(const char* name, int weight_bits, int activation_bits) {
    return Document::Map{{"name", name}, {"weight_bits", weight_bits}, {"activation_bits", activation_bits}};
}

Document design(int id, double accuracy, double energy, std::int64_t latency, Document::List layers) {
    return Document::Map{{"id", id},
                         {"accuracy", accuracy},
                         {"test_accuracy", accuracy - 0.01},
                         {"energy", energy},
                         {"latency", latency},
                         {"weight_storage_bytes", 2048},
                         {"layers", std::move(layers)}};
}

Document objective(const char* key, const char* label, const char* unit, const char* goal, double scale) {
    return Document::Map{{"key", key}, {"label", label}, {"unit", unit}, {"goal", goal}, {"scale", scale}};
}

/// Five designs of which 3 is chosen and 1, not on the front, is the reference.
Document front() {
    Document::List details{
        design(1, 0.93, 2'000'000.0, 40'000, {layer("a", 16, 16), layer("b", 16, 16), layer("c", 16, 16)})};
    Document::List ids;
    for (int id = 2; id <= 6; ++id) {
        ids.emplace_back(id);
        details.push_back(design(id, 0.93 - 0.01 * id, 1'500'000.0 - 100'000.0 * id, 20'000 - 1'000 * id,
                                 {layer("a", 8, 8), layer("b", 4, id), layer("c", 4, id)}));
    }
    return Document::Map{
        {"dataset", Document::Map{{"validation_samples", 2000}, {"test_samples", 10000}}},
        {"float_test_accuracy", 0.925},
        {"objectives", Document::List{objective("accuracy", "Accuracy", "%", "maximize", 100.0),
                                      objective("energy", "Energy", "MACs", "minimize", 1.0),
                                      objective("latency", "Latency", "cycles", "minimize", 1.0)}},
        {"uniform", Document::List{Document::Map{{"label", "16|bit"}, {"id", 1}}}},
        {"front", std::move(ids)},
        {"chosen", 3},
        {"reference", 1},
        {"details", std::move(details)}};
}

std::size_t count_lines(const std::string& text) {
    return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

TEST(FrontTable, ShowsEachDesignWithItsSharesOfTheReference) {
    const std::string table = format_front(front(), 100);
    EXPECT_NE(table.find("1 300 000"), std::string::npos) << table; // energy of design 2
    EXPECT_NE(table.find("65 %"), std::string::npos) << table;      // of 2,000,000
    EXPECT_NE(table.find("45 %"), std::string::npos) << table;      // 18,000 of 40,000 cycles
    EXPECT_NE(table.find("2.0 KiB"), std::string::npos) << table;
    EXPECT_EQ(count_lines(table), 2U + 5U + 1U) << table;
}

TEST(FrontTable, DrawsNeighbouringLayersOfEqualWidthsTogether) {
    EXPECT_NE(format_front(front(), 100).find("8/8 4/2x2"), std::string::npos);
}

TEST(FrontTable, MarksTheChosenDesign) {
    const std::string table = format_front(front(), 100);
    const std::size_t mark = table.find("->");
    ASSERT_NE(mark, std::string::npos);
    EXPECT_NE(table.substr(mark, 20).find(" 3 "), std::string::npos) << table;
}

TEST(FrontTable, KeepsEndsAndChoiceWhenItIsShortened) {
    const std::string table = format_front(front(), 2);
    EXPECT_EQ(count_lines(table), 2U + 3U + 1U) << table; // both ends, and design 3
    EXPECT_NE(table.find("3 of 5 designs"), std::string::npos) << table;
}

TEST(FrontTable, EndsWithReferenceAndChoiceOnTheTestImages) {
    const std::string outcome = format_outcome(front());
    EXPECT_NE(outcome.find("reference: accuracy 92.00 %"), std::string::npos) << outcome;
    EXPECT_NE(outcome.find("chosen design 3: accuracy 89.00 %"), std::string::npos) << outcome;
    EXPECT_NE(outcome.find("10 000 test images; float 92.50 %"), std::string::npos) << outcome;
    EXPECT_NE(outcome.find("energy 1 200 000 MACs (60 %)"), std::string::npos) << outcome;
    EXPECT_EQ(count_lines(outcome), 1U);
}

TEST(FrontTable, LeavesOpenWhatTheFrontDoesNotSay) {
    Document bare = front();
    remove_member(bare, "dataset");
    remove_member(bare, "float_test_accuracy");
    for (Document& design : std::get<Document::List>(member(bare, "details").value)) {
        for (const char* key : {"test_accuracy", "energy", "weight_storage_bytes"})
            remove_member(design, key);
    }
    EXPECT_NE(format_front(bare, 100).find("45 %"), std::string::npos);
    EXPECT_EQ(format_front(bare, 100).find("validation"), std::string::npos);
    EXPECT_NE(format_outcome(bare).find("accuracy 90.00 %, energy - MACs, latency 17 000 cycles (42 %)\n"),
              std::string::npos)
        << format_outcome(bare);
    EXPECT_EQ(format_front_plot(bare), "");
    member(bare, "chosen") = Document();
    EXPECT_EQ(format_outcome(bare), "no design was chosen\n");
}

TEST(FrontTable, SaysSoWhereTheReferenceDoesNotFit) {
    Document without = front();
    for (auto& [key, value] : std::get<Document::Map>(without.value)) {
        if (key == "reference") value = Document();
    }
    EXPECT_EQ(format_outcome(without), "reference: does not fit the machine\n");
    EXPECT_EQ(format_front(without, 100).find("65 %"), std::string::npos);
}

TEST(FrontTable, WritesEveryNumberExactlyAsCommaSeparatedValues) {
    const std::string csv = format_front_csv(front());
    EXPECT_EQ(csv.substr(0, csv.find('\n') + 1),
              "Design,Note,Accuracy [%],Energy [MACs],Latency [cycles],Weights [bytes],Weight/activation "
              "bits by layer\r\n");
    EXPECT_NE(csv.find("\r\n2,front,91,1300000,18000,2048,8/8 4/2x2\r\n"), std::string::npos) << csv;
    EXPECT_NE(csv.find("\r\n3,\"front, chosen\",90,"), std::string::npos) << csv;
    EXPECT_NE(csv.find("\r\n1,\"reference, 16|bit\",93,2000000,40000,2048,16/16x3\r\n"), std::string::npos)
        << csv;
    EXPECT_EQ(count_lines(csv), 1U + 5U + 1U);
}

TEST(FrontTable, KeepsMarkupOfNamesOutOfMarkdown) {
    const std::string table = format_front_markdown(front());
    EXPECT_NE(table.find("| Accuracy [%] |"), std::string::npos) << table;
    EXPECT_NE(table.find("reference, 16\\|bit"), std::string::npos) << table;
    EXPECT_EQ(count_lines(table), 2U + 5U + 1U);
}

TEST(FrontTable, PlotsTheFrontWithItsChoice) {
    const std::string plot = format_front_plot(front());
    EXPECT_NE(plot.find("Accuracy, %"), std::string::npos) << plot;
    EXPECT_NE(plot.find("Energy, MACs"), std::string::npos) << plot;
    const auto count = [&](const std::string& sign) {
        std::size_t found = 0;
        for (std::size_t at = plot.find(sign); at != std::string::npos; at = plot.find(sign, at + 1)) ++found;
        return found;
    };
    EXPECT_EQ(count("\u25c6"), 2U) << "the chosen design and the legend" << plot;
}

} // namespace
} // namespace tandem
