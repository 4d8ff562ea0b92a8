#include "tandem/codesign/job.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

Result<Job> parse(const std::string& text) { return parse_job(*parse_yaml(text, "job.yaml"), "job.yaml"); }

/// Every problem as one text, or "accepted".
std::string problems_of(const std::string& text) {
    const Result<Job> job = parse(text);
    return job ? "accepted" : to_string(job.error());
}

constexpr const char* kSmallest = "network: net.onnx\nmachine: machine.yaml\n";

TEST(Job, TakesDefaultsForWhatItDoesNotSay) {
    const Result<Job> job = parse(kSmallest);
    ASSERT_TRUE(job.has_value()) << to_string(job.error());
    EXPECT_EQ(job->name, "job");
    EXPECT_EQ(job->data, DataOptions{});
    EXPECT_EQ(job->space, SpaceOptions{});
    EXPECT_EQ(job->objectives, (std::vector<std::string>{"accuracy", "energy", "latency"}));
}

TEST(Job, ReadsBackEqualFromItsYaml) {
    Result<Job> job =
        parse(std::string(kSmallest) + "space: {weight_bits: [8, 4], activation_bits: [8], tie: false}\n"
                                       "search: {population: 6, generations: 3, seed: 9}\n"
                                       "constraints: {accuracy_drop: 0.02}\n");
    ASSERT_TRUE(job.has_value()) << to_string(job.error());
    const Result<Job> again = parse(to_yaml(*job));
    ASSERT_TRUE(again.has_value()) << to_string(again.error());
    EXPECT_EQ(*again, *job);
}

TEST(Job, SortsWidthsAndDropsRepeats) {
    const Result<Job> job = parse(std::string(kSmallest) + "space: {weight_bits: [8, 2, 8]}\n");
    ASSERT_TRUE(job.has_value());
    EXPECT_EQ(job->space.weight_bits, (std::vector<std::int64_t>{2, 8}));
}

TEST(Job, NamesTheNearestKeyOfAMisspeltOne) {
    const std::string problems = problems_of(std::string(kSmallest) + "serch: {seed: 1}\n");
    EXPECT_NE(problems.find("serch"), std::string::npos) << problems;
    EXPECT_NE(problems.find("search"), std::string::npos) << problems;
}

TEST(Job, ListsAllProblemsAtOnce) {
    const std::string problems = problems_of("machine: machine.yaml\n"
                                             "search: {population: -4}\n"
                                             "objectives: [accuracy, enrgy]\n");
    EXPECT_NE(problems.find("network"), std::string::npos) << problems;
    EXPECT_NE(problems.find("-4"), std::string::npos) << problems;
    EXPECT_NE(problems.find("enrgy"), std::string::npos) << problems;
}

TEST(Job, RefusesAWidthBeyondSixteenBits) {
    EXPECT_NE(problems_of(std::string(kSmallest) + "space: {weight_bits: [32]}\n"), "accepted");
}

TEST(Job, RefusesAnEmptyListOfWidths) {
    EXPECT_NE(problems_of(std::string(kSmallest) + "space: {weight_bits: []}\n"), "accepted");
}

TEST(Job, RefusesTiedWidthsThatDiffer) {
    EXPECT_NE(
        problems_of(std::string(kSmallest) + "space: {weight_bits: [4], activation_bits: [8], tie: true}\n")
            .find("space.tie"),
        std::string::npos);
}

TEST(Job, RefusesAnObjectiveGivenTwice) {
    EXPECT_NE(problems_of(std::string(kSmallest) + "objectives: [energy, energy]\n").find("twice"),
              std::string::npos);
}

TEST(Job, ReadsTheHardwareThatIsToBeChosen) {
    const Result<Job> job = parse(std::string(kSmallest) +
                                  "hardware: {method: nsga2, space: {rows: [2, 4]}, targets: {luts: 9000}}\n"
                                  "space: {first_last_bits: 8}\n");
    ASSERT_TRUE(job.has_value()) << to_string(job.error());
    ASSERT_TRUE(job->hardware.has_value());
    EXPECT_EQ(job->hardware->method, "nsga2");
    EXPECT_EQ(job->hardware->space.rows, (std::vector<std::int64_t>{2, 4}));
    EXPECT_EQ(job->hardware->space.columns, HardwareSpace{}.columns);
    EXPECT_EQ(job->hardware->targets.luts, 9000);
    EXPECT_FALSE(job->hardware->targets.brams.has_value());
    const Result<Job> again = parse(to_yaml(*job));
    ASSERT_TRUE(again.has_value()) << to_string(again.error());
    EXPECT_EQ(*again, *job);
}

TEST(Job, RefusesHardwareThatCannotBeBuilt) {
    const std::string problems = problems_of(
        std::string(kSmallest) +
        "hardware: {method: guess, space: {rows: [], dot_product_bits: [48]}, targets: {luts: 0}}\n");
    EXPECT_NE(problems.find("hardware.method"), std::string::npos) << problems;
    EXPECT_NE(problems.find("hardware.targets.luts: found 0"), std::string::npos) << problems;
    const std::string rules =
        problems_of(std::string(kSmallest) + "hardware: {space: {rows: [], dot_product_bits: [48]}}\n");
    EXPECT_NE(rules.find("hardware.space.rows: found an empty list"), std::string::npos) << rules;
    EXPECT_NE(rules.find("hardware.space.dot_product_bits: found 48"), std::string::npos) << rules;
}

TEST(Job, ReadsTargetsThatAreTriedLevelByLevel) {
    const Result<Job> job =
        parse(std::string(kSmallest) + "refine: {targets: {cycles: 50000, energy: 1.5e6}}\n");
    ASSERT_TRUE(job.has_value()) << to_string(job.error());
    ASSERT_TRUE(job->refine.has_value());
    EXPECT_EQ(job->refine->cycles, 50000);
    EXPECT_EQ(job->refine->energy, 1.5e6);
    EXPECT_FALSE(job->refine->dram_bytes.has_value());
    const Result<Job> again = parse(to_yaml(*job));
    ASSERT_TRUE(again.has_value()) << to_string(again.error());
    EXPECT_EQ(*again, *job);
}

TEST(Job, ReadsWhatIsFineTuned) {
    const Result<Job> job =
        parse(std::string(kSmallest) +
              "fine_tuning: {shortlist: 4, uniform: [8, 4], distillation: 0.5, rivals: [1, 2]}\n");
    ASSERT_TRUE(job.has_value()) << to_string(job.error());
    ASSERT_TRUE(job->fine_tuning.has_value());
    EXPECT_EQ(job->fine_tuning->shortlist, 4);
    EXPECT_EQ(job->fine_tuning->final_epochs, FineTuningOptions{}.final_epochs);
    EXPECT_EQ(job->fine_tuning->uniform, (std::vector<std::int64_t>{8, 4}));
    EXPECT_EQ(job->fine_tuning->distillation, 0.5);
    EXPECT_EQ(job->fine_tuning->rivals, (std::vector<std::int64_t>{1, 2}));
    const Result<Job> again = parse(to_yaml(*job));
    ASSERT_TRUE(again.has_value()) << to_string(again.error());
    EXPECT_EQ(*again, *job);
}

TEST(Job, ReadsSeveralMachinesAndWhetherTheirWidthsAreTied) {
    const std::string text = "network: net.onnx\nbatch: 2\nmachines: [{machine: a.yaml}, "
                             "{machine: b.yaml, dataflow: row-stationary, batch: 4}]\n";
    for (const bool says_tie : {false, true}) {
        const Result<Job> job = parse(text + (says_tie ? "space: {tie: false}\n" : ""));
        ASSERT_TRUE(job.has_value()) << to_string(job.error());
        ASSERT_EQ(job->machines.size(), 2U);
        EXPECT_EQ(job->machines[0].batch, 2);
        EXPECT_EQ(job->machines[1].dataflow, "row-stationary");
        EXPECT_EQ(job->machines[1].batch, 4);
        EXPECT_EQ(job->says_tie, says_tie);
        const Result<Job> again = parse(to_yaml(*job));
        ASSERT_TRUE(again.has_value()) << to_string(again.error());
        EXPECT_EQ(*again, *job);
    }
}

TEST(Job, RefusesToFineTuneWhatItsSpaceLacks) {
    const std::string problems = problems_of(
        std::string(kSmallest) + "space: {weight_bits: [4, 8], activation_bits: [8]}\n"
                                 "fine_tuning: {epochs: 3, final_epochs: 2, uniform: [8, 4, 8]}\n");
    EXPECT_NE(problems.find("fine_tuning.epochs: found 3, expected at most final_epochs, 2"),
              std::string::npos)
        << problems;
    EXPECT_NE(problems.find("fine_tuning.uniform[1]: found 4, expected a width of space.weight_bits"),
              std::string::npos)
        << problems;
    EXPECT_NE(problems.find("fine_tuning.uniform[2]: found 8 twice"), std::string::npos) << problems;
    EXPECT_NE(
        problems_of(std::string(kSmallest) + "fine_tuning: {method: guess}\n").find("fine_tuning.method"),
        std::string::npos);
}

TEST(Job, RefusesToRefineWithoutATargetOrWithHardware) {
    const std::string none = problems_of(std::string(kSmallest) + "refine: {targets: {}}\n");
    EXPECT_NE(none.find("refine.targets: found no target"), std::string::npos) << none;
    const std::string both =
        problems_of(std::string(kSmallest) + "hardware: {}\nrefine: {targets: {cycles: 5}}\n");
    EXPECT_NE(both.find("refine: found together with hardware"), std::string::npos) << both;
}

TEST(Job, NamesAMissingFile) {
    const Result<Job> job = load_job("no-such-job.yaml");
    ASSERT_FALSE(job.has_value());
    EXPECT_EQ(job.error().kind, ErrorKind::bad_input);
    EXPECT_NE(to_string(job.error()).find("no-such-job.yaml"), std::string::npos);
}

} // namespace
} // namespace tandem
