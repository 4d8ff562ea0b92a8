// What the points of a compression say together.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "tandem/codesign/compression/compression_job.h"
#include "tandem/codesign/compression/compression_point.h"
#include "tandem/core/document.h"

namespace tandem {

/// The size that a point's method fights for, in bytes: resident memory for paq, encoded weights for the
/// others.
std::int64_t size_bytes(const CompressionPoint& point);

/// Indices of the points that fit their target and that no other such point beats in validation accuracy and
/// size, the smallest first; of equal ones the first.
std::vector<std::size_t> compression_front(std::span<const CompressionPoint> points);

/// How far a point is from the front.
struct FrontDistance {
    std::size_t point = 0;
    double accuracy = 0.0; ///< of the best front point that is no larger, less that of the point; test images
    std::int64_t bytes = 0; ///< of the point, less those of the smallest front point that is as accurate
};
/// Of the point of `bits` with the best validation accuracy among those that fit; none when there is none.
std::optional<FrontDistance> distance_to_front(std::span<const CompressionPoint> points, std::int64_t bits);

/// Encoding-aware training beside plain magnitude pruning at one target.
struct PruningComparison {
    std::size_t east = 0; ///< indices of points
    std::size_t magnitude = 0;
    double gain = 0.0; ///< of test accuracy, as a share
};
/// Of every target that both fit, in the order of the points.
std::vector<PruningComparison> compare_prunings(std::span<const CompressionPoint> points);

/// compression.json: the job's name and method, every point, the front, where two methods of
/// pruning met one target what the one gains, for east on CIFAR-10 the published rows beside ours, and, for
/// paq, how far the widths that processors have (8 and 16) are from it.
Document compression_document(const CompressionJob& job, std::span<const CompressionPoint> points);

} // namespace tandem
