#include "tandem/codesign/iterative_search.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

IterationRound round(const std::string& array, int bits, const std::string& next_array) {
    IterationRound made;
    made.array = array;
    made.strategy.layers.push_back({.layer = "conv", .weight_bits = bits, .activation_bits = bits});
    made.accuracy = 0.5;
    made.cost = {.compute_cycles = 10, .dram_bytes = 20, .luts = 30, .brams = 40};
    made.evaluations = 7;
    made.next_array = next_array;
    return made;
}

TEST(IterativeSearch, EndsWhereTheArrayStays) {
    EXPECT_EQ(end_of_iteration({}, 4), "");
    EXPECT_EQ(end_of_iteration({round("a", 4, "b")}, 4), "");
    EXPECT_EQ(end_of_iteration({round("a", 4, "a")}, 4), "the array stays");
    EXPECT_EQ(end_of_iteration({round("a", 4, "b"), round("b", 3, "b")}, 4), "the array stays");
}

TEST(IterativeSearch, EndsWhereTheWidthsStay) {
    EXPECT_EQ(end_of_iteration({round("a", 4, "b"), round("b", 4, "c")}, 4), "the widths stay");
    EXPECT_EQ(end_of_iteration({round("a", 4, "b"), round("b", 5, "c")}, 4), "");
}

TEST(IterativeSearch, EndsAfterAsManyRoundsAsAreAllowed) {
    EXPECT_EQ(end_of_iteration({round("a", 4, "b")}, 1), "the last round allowed");
    EXPECT_EQ(end_of_iteration({round("a", 4, "b"), round("b", 3, "c")}, 2), "the last round allowed");
}

TEST(IterativeSearch, SearchesARoundForWidthsAlone) {
    Job job;
    job.machine = "first.yaml";
    job.hardware.emplace();
    job.hardware->method = "iterative";
    job.hardware->targets.luts = 9000;
    const Job own = round_job(job, "second.yaml");
    EXPECT_EQ(own.machine, "second.yaml");
    EXPECT_TRUE(own.hardware->is_fixed());
    EXPECT_EQ(own.hardware->targets, job.hardware->targets);
}

TEST(IterativeSearch, TellsEveryRound) {
    const std::vector<IterationRound> rounds{round("a", 4, "b"), round("b", 3, "b")};
    const Document document = to_document(rounds, "the array stays");
    const auto& list = *document.find("rounds")->get_if<Document::List>();
    ASSERT_EQ(list.size(), 2U);
    EXPECT_EQ(*list[1].find("round"), Document(2));
    EXPECT_EQ(*list[1].find("array"), Document("b"));
    EXPECT_EQ(*list[1].find("brams"), Document(40));
    EXPECT_EQ(*document.find("end"), Document("the array stays"));
    const std::string table = format_iterations(rounds, "the array stays");
    EXPECT_NE(table.find("50.00 %"), std::string::npos) << table;
    EXPECT_NE(table.find("end: the array stays"), std::string::npos) << table;
}

} // namespace
} // namespace tandem
