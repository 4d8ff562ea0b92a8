#include "tandem/codesign/compression/compression_point.h"

namespace tandem {

void describe(Fields& fields, CompressionPoint& point) {
    fields.text({"name", "of its folder"}, point.name);
    fields.choice({"method", "that made it"}, point.method, {"east", "magnitude", "paq"});
    fields.integer({"bits", "of weights and activations"}, point.bits, {.minimum = 1, .maximum = 16});
    fields.number({"target", "compression, or KiB"}, point.target, kPositiveNumber);
    fields.flag({"fits", "whether the target is met"}, point.fits);
    fields.integer({"epochs", "that it trained"}, point.epochs, kNonNegativeInteger);
    fields.integer({"parameters", "batch normalisation folded"}, point.parameters, kPositiveInteger);
    fields.integer({"removed_filters", "since the float network"}, point.removed_filters,
                   kNonNegativeInteger);
    fields.number({"sparsity", "of 8-bit weights"}, point.sparsity, kFraction);
    fields.integer({"float_weight_bytes", "of all weights"}, point.float_weight_bytes, kPositiveInteger);
    fields.integer({"encoded_weight_bytes", "8 bits, optimal parser"}, point.encoded_weight_bytes,
                   kPositiveInteger);
    fields.integer({"standard_encoded_weight_bytes", "8 bits, standard parser"},
                   point.standard_encoded_weight_bytes, kPositiveInteger);
    fields.integer({"resident_kibibytes", "at its bits"}, point.resident_kibibytes, kPositiveInteger);
    fields.number({"float_test_accuracy", "of its float network"}, point.float_test_accuracy, kFraction);
    fields.number({"validation_accuracy", "of its integers"}, point.validation_accuracy, kFraction);
    fields.number({"test_accuracy", "of its integers"}, point.test_accuracy, kFraction);
}

} // namespace tandem
