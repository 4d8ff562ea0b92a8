#include "tandem/codesign/compression/published_east.h"

#include <gtest/gtest.h>

#include "tandem/codesign/compression/compression_summary.h"

namespace tandem {
namespace {

CompressionPoint point(const char* method, std::int64_t encoded_bytes, double accuracy) {
    CompressionPoint point;
    point.name = std::string(method) + std::to_string(encoded_bytes);
    point.method = method;
    point.fits = true;
    point.float_weight_bytes = 100'000;
    point.encoded_weight_bytes = encoded_bytes;
    point.test_accuracy = accuracy;
    return point;
}

CompressionJob east_on(const char* dataset) {
    CompressionJob job;
    job.compression = "east";
    job.train.dataset = dataset;
    return job;
}

TEST(PublishedEast, StandsBesideThePointOfTheNearestCompression) {
    // 4, 10 and 50 times smaller; magnitude pruning and what does not fit are not ours to show.
    std::vector<CompressionPoint> points{point("east", 25'000, 0.9), point("east", 10'000, 0.8),
                                         point("east", 2'000, 0.6), point("magnitude", 20'000, 0.99),
                                         point("east", 20'000, 0.98)};
    points.back().fits = false;
    const std::vector<PublishedComparison> found = compare_with_published(east_on("cifar10"), points);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].published, (PublishedCompression{5.0, 0.895}));
    EXPECT_EQ(found[0].point, 0U);
    EXPECT_NEAR(found[0].difference, 0.005, 1e-12);
    EXPECT_EQ(found[1].published, (PublishedCompression{46.5, 0.643}));
    EXPECT_EQ(found[1].point, 2U);
    EXPECT_NEAR(found[1].difference, -0.043, 1e-12);
}

TEST(PublishedEast, IsOfCifar10Alone) {
    const std::vector<CompressionPoint> points{point("east", 20'000, 0.9)};
    EXPECT_TRUE(compare_with_published(east_on("fashion-mnist"), points).empty());
    EXPECT_TRUE(compare_with_published(east_on("cifar10"), {}).empty());
    CompressionJob paq = east_on("cifar10");
    paq.compression = "paq";
    EXPECT_TRUE(compare_with_published(paq, points).empty());
}

TEST(PublishedEast, IsInTheSummary) {
    const std::vector<CompressionPoint> points{point("east", 20'000, 0.9)};
    const Document document = compression_document(east_on("cifar10"), points);
    const auto& rows = *document.find("published")->get_if<Document::List>();
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_EQ(*rows[1].find("nearest"), Document("east20000"));
    EXPECT_EQ(*rows[1].find("accuracy"), Document(0.643));
}

} // namespace
} // namespace tandem
