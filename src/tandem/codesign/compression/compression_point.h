// One network that a compression came to.
#pragma once

#include <cstdint>
#include <string>

#include "tandem/core/fields.h"

namespace tandem {

/// Its figures, as its point.json keeps them. Accuracies are shares of images; those of `bits` come from the
/// integer engine.
struct CompressionPoint {
    std::string name;   ///< of its folder: "east-17x", "paq-96k-8b"
    std::string method; ///< east | magnitude | paq
    std::int64_t bits = 8;
    double target = 0.0; ///< east and magnitude: compression; paq: KiB
    bool fits = false;   ///< whether the target is met
    std::int64_t epochs = 0;
    std::int64_t parameters = 0; ///< batch normalisation folded
    std::int64_t removed_filters = 0;
    double sparsity = 0.0; ///< of 8-bit weights
    std::int64_t float_weight_bytes = 0;
    std::int64_t encoded_weight_bytes = 0;          ///< 8-bit weights, LZ4's optimal parser
    std::int64_t standard_encoded_weight_bytes = 0; ///< its standard parser
    std::int64_t resident_kibibytes = 0;            ///< at `bits`; workload/resident_memory.h
    double float_test_accuracy = 0.0;
    double validation_accuracy = 0.0;
    double test_accuracy = 0.0;

    double compression() const {
        return static_cast<double>(float_weight_bytes) / static_cast<double>(encoded_weight_bytes);
    }

    bool operator==(const CompressionPoint&) const = default;
};

void describe(Fields& fields, CompressionPoint& point);

} // namespace tandem
