#include "tandem/codesign/compression/compression_summary.h"

#include <algorithm>

#include "tandem/codesign/compression/published_east.h"
#include "tandem/search/front.h"

namespace tandem {

namespace {

constexpr std::int64_t kBytesAKibibyte = 1024;

/// The point of that width with the best validation accuracy among those that fit.
std::optional<std::size_t> best_point(std::span<const CompressionPoint> points, std::int64_t bits) {
    std::optional<std::size_t> best;
    for (std::size_t i = 0; i < points.size(); ++i) {
        if (!points[i].fits || points[i].bits != bits) continue;
        if (!best || points[i].validation_accuracy > points[*best].validation_accuracy) best = i;
    }
    return best;
}

} // namespace

std::int64_t size_bytes(const CompressionPoint& point) {
    return point.method == "paq" ? point.resident_kibibytes * kBytesAKibibyte : point.encoded_weight_bytes;
}

std::vector<std::size_t> compression_front(std::span<const CompressionPoint> points) {
    std::vector<Evaluation> evaluations;
    for (const CompressionPoint& point : points) {
        Evaluation evaluation;
        if (point.fits) {
            evaluation.objectives = {static_cast<double>(size_bytes(point)), -point.validation_accuracy};
        } else {
            evaluation.infeasible = Infeasible{"does not fit its target"};
        }
        evaluations.push_back(std::move(evaluation));
    }
    std::vector<std::size_t> front = front_indices(evaluations);
    std::stable_sort(front.begin(), front.end(), [&](std::size_t a, std::size_t b) {
        return size_bytes(points[a]) < size_bytes(points[b]);
    });
    return front;
}

std::optional<FrontDistance> distance_to_front(std::span<const CompressionPoint> points, std::int64_t bits) {
    const std::optional<std::size_t> best = best_point(points, bits);
    if (!best) return std::nullopt;
    const CompressionPoint& point = points[*best];
    FrontDistance distance{.point = *best};
    std::int64_t smallest = size_bytes(point);
    for (const std::size_t i : compression_front(points)) {
        const CompressionPoint& other = points[i];
        if (size_bytes(other) <= size_bytes(point)) {
            distance.accuracy = std::max(distance.accuracy, other.test_accuracy - point.test_accuracy);
        }
        if (other.validation_accuracy >= point.validation_accuracy) {
            smallest = std::min(smallest, size_bytes(other));
        }
    }
    distance.bytes = size_bytes(point) - smallest;
    return distance;
}

std::vector<PruningComparison> compare_prunings(std::span<const CompressionPoint> points) {
    std::vector<PruningComparison> comparisons;
    for (std::size_t east = 0; east < points.size(); ++east) {
        if (points[east].method != "east" || !points[east].fits) continue;
        for (std::size_t other = 0; other < points.size(); ++other) {
            const CompressionPoint& point = points[other];
            if (point.method != "magnitude" || point.target != points[east].target || !point.fits) continue;
            comparisons.push_back(
                {.east = east, .magnitude = other, .gain = points[east].test_accuracy - point.test_accuracy});
        }
    }
    return comparisons;
}

Document compression_document(const CompressionJob& job, std::span<const CompressionPoint> points) {
    Document::List all;
    for (CompressionPoint point : points) {
        Document::Map fields = *write_fields(fields_of(point)).get_if<Document::Map>();
        fields.emplace_back("compression", point.compression());
        all.emplace_back(std::move(fields));
    }
    Document::List front;
    for (const std::size_t i : compression_front(points)) front.emplace_back(points[i].name);
    Document::Map document{{"name", job.name},
                           {"method", job.compression},
                           {"points", std::move(all)},
                           {"front", std::move(front)}};
    if (job.compression == "east") {
        Document::List comparisons;
        for (const PruningComparison& comparison : compare_prunings(points)) {
            comparisons.push_back(Document::Map{{"east", points[comparison.east].name},
                                                {"magnitude", points[comparison.magnitude].name},
                                                {"accuracy_gain", comparison.gain}});
        }
        document.emplace_back("comparisons", std::move(comparisons));
        Document::List published;
        for (const PublishedComparison& comparison : compare_with_published(job, points)) {
            published.push_back(Document::Map{{"network", kPublishedEastNetwork},
                                              {"compression", comparison.published.compression},
                                              {"accuracy", comparison.published.accuracy},
                                              {"nearest", points[comparison.point].name},
                                              {"nearest_compression", points[comparison.point].compression()},
                                              {"accuracy_difference", comparison.difference}});
        }
        document.emplace_back("published", std::move(published));
    }
    if (job.compression == "paq") {
        Document::List distances;
        for (const std::int64_t bits : {std::int64_t{8}, std::int64_t{16}}) {
            const std::optional<FrontDistance> distance = distance_to_front(points, bits);
            if (!distance) continue;
            distances.push_back(Document::Map{{"bits", bits},
                                              {"point", points[distance->point].name},
                                              {"accuracy_below_front", distance->accuracy},
                                              {"bytes_above_front", distance->bytes}});
        }
        document.emplace_back("hardware_compliant", std::move(distances));
    }
    return document;
}

} // namespace tandem
