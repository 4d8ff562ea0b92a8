// What encoding-aware sparse training was published with, beside ours.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "tandem/codesign/compression/compression_job.h"
#include "tandem/codesign/compression/compression_point.h"

namespace tandem {

/// The network that it was published for.
inline constexpr std::string_view kPublishedEastNetwork = "ResNet-9, 558 KB in float, 91.1 % on CIFAR-10";

/// A row of the publication.
struct PublishedCompression {
    double compression = 0.0; ///< float bytes over encoded bytes
    double accuracy = 0.0;    ///< a share of the test images

    bool operator==(const PublishedCompression&) const = default;
};

/// The first and the last row of its table (Grimaldi, Peluso, Calimera 2019), which are all that we know of
/// it.
std::span<const PublishedCompression> published_east();

/// A published row and the point of ours whose compression is the nearest to it, as a ratio.
struct PublishedComparison {
    PublishedCompression published;
    std::size_t point = 0;
    double difference = 0.0; ///< of test accuracy: ours less the published
};
/// Of every published row, in their order; none where the job is no EAST on CIFAR-10, or no point of it fits.
std::vector<PublishedComparison> compare_with_published(const CompressionJob& job,
                                                        std::span<const CompressionPoint> points);

} // namespace tandem
