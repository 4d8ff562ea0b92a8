#include "tandem/codesign/compression/published_east.h"

#include <array>
#include <cmath>

namespace tandem {

namespace {

/// The one whose ratio to the compression is nearest to 1.
std::optional<std::size_t> nearest_point(std::span<const CompressionPoint> points, double compression) {
    std::optional<std::size_t> nearest;
    const auto distance = [&](std::size_t i) {
        return std::abs(std::log(points[i].compression() / compression));
    };
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (points[i].method != "east" || !points[i].fits) continue;
        if (!nearest || distance(i) < distance(*nearest)) nearest = i;
    }
    return nearest;
}

} // namespace

std::span<const PublishedCompression> published_east() {
    static constexpr std::array<PublishedCompression, 2> kRows{{{5.0, 0.895}, {46.5, 0.643}}};
    return kRows;
}

std::vector<PublishedComparison> compare_with_published(const CompressionJob& job,
                                                        std::span<const CompressionPoint> points) {
    std::vector<PublishedComparison> comparisons;
    if (job.compression != "east" || job.train.dataset != "cifar10") return comparisons;
    for (const PublishedCompression& published : published_east()) {
        const std::optional<std::size_t> nearest = nearest_point(points, published.compression);
        if (!nearest) continue;
        comparisons.push_back({.published = published,
                               .point = *nearest,
                               .difference = points[*nearest].test_accuracy - published.accuracy});
    }
    return comparisons;
}

} // namespace tandem
