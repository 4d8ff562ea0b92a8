#include "tandem/codesign/compression/compression_job.h"

#include <gtest/gtest.h>

#include "tandem/codesign/compression/compression_summary.h"

namespace tandem {
namespace {

Result<CompressionJob> parsed(const std::string& yaml) {
    return parse_compression_job(*parse_yaml(yaml, "jobs/small.yaml"), "jobs/small.yaml");
}

std::string refusal(const std::string& yaml) {
    const Result<CompressionJob> job = parsed(yaml);
    return job ? "accepted" : to_string(job.error());
}

TEST(CompressionJob, ReadsBackAsItIsWritten) {
    for (const char* yaml : {"{compression: east, train: {topology: lenet5}, east: {compressions: [5, 46]}}",
                             "{compression: paq, train: {topology: lenet5}, paq: {bits: [4, 8]}}"}) {
        const CompressionJob job = *parsed(yaml);
        EXPECT_EQ(job.name, "small");
        EXPECT_EQ(*parsed(to_yaml(job)), job);
    }
}

TEST(CompressionJob, RefusesWhatItCannotRun) {
    EXPECT_EQ(refusal("{compression: eats, train: {topology: lenet5}}"),
              "jobs/small.yaml: line 1: compression: found 'eats', expected one of "
              "east, paq");
    EXPECT_NE(refusal("{compression: east, train: {topology: lenet5}, paq: {bits: [4]}}").find("paq"),
              std::string::npos);
    EXPECT_NE(refusal("{compression: paq, train: {topology: lenet5}, paq: {bits: []}}").find("paq.bits"),
              std::string::npos);
    EXPECT_NE(refusal("{compression: paq}").find("topology"), std::string::npos);
}

CompressionPoint point(const std::string& name, std::int64_t bits, std::int64_t kibibytes, double accuracy) {
    return {.name = name,
            .method = "paq",
            .bits = bits,
            .target = static_cast<double>(kibibytes),
            .fits = true,
            .resident_kibibytes = kibibytes,
            .validation_accuracy = accuracy,
            .test_accuracy = accuracy};
}

TEST(CompressionSummary, KnowsTheFrontAndHowFarProcessorsWidthsAreFromIt) {
    std::vector<CompressionPoint> points{point("a", 8, 96, 0.90), point("b", 8, 64, 0.80),
                                         point("c", 4, 64, 0.85), point("d", 5, 80, 0.91),
                                         point("e", 16, 128, 0.92)};
    EXPECT_EQ(compression_front(points), (std::vector<std::size_t>{2, 3, 4}));
    const FrontDistance eight = *distance_to_front(points, 8);
    EXPECT_EQ(eight.point, 0U);
    EXPECT_NEAR(eight.accuracy, 0.01, 1e-12);
    EXPECT_EQ(eight.bytes, 16 * 1024);
    EXPECT_EQ(distance_to_front(points, 16)->bytes, 0);
    EXPECT_FALSE(distance_to_front(points, 6));
    points[4].fits = false;
    EXPECT_EQ(compression_front(points), (std::vector<std::size_t>{2, 3}));
    EXPECT_FALSE(distance_to_front(points, 16));
}

TEST(ComparePrunings, SaysWhatGroupsGainAtTheTargetsThatBothFit) {
    const auto point = [](const char* name, const char* method, double target, bool fits, double accuracy) {
        CompressionPoint made;
        made.name = name;
        made.method = method;
        made.target = target;
        made.fits = fits;
        made.test_accuracy = accuracy;
        return made;
    };
    const std::vector<CompressionPoint> points{
        point("east-12x", "east", 12.0, true, 0.91), point("magnitude-12x", "magnitude", 12.0, true, 0.905),
        point("east-46x", "east", 46.0, true, 0.85), point("magnitude-46x", "magnitude", 46.0, false, 0.8)};
    const std::vector<PruningComparison> comparisons = compare_prunings(points);
    ASSERT_EQ(comparisons.size(), 1U);
    EXPECT_EQ(points[comparisons[0].east].name, "east-12x");
    EXPECT_EQ(points[comparisons[0].magnitude].name, "magnitude-12x");
    EXPECT_NEAR(comparisons[0].gain, 0.005, 1e-12);
}

} // namespace
} // namespace tandem
