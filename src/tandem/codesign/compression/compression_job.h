// The job file of a method that compresses a network by training it: which method, how it trains, and what
// the results have to fit.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tandem/core/document.h"
#include "tandem/core/fields.h"
#include "tandem/core/result.h"
#include "tandem/training/training.h"

namespace tandem {

/// Training that goes on from a pruned or quantised network.
struct FineTuning {
    std::int64_t epochs = 8;
    double learning_rate = 0.02;
    std::int64_t patience = 3; ///< epochs without a better validation accuracy after which it stops

    bool operator==(const FineTuning&) const = default;
};

/// Encoding-aware sparse training.
struct EastOptions {
    /// What the weights have to fit: float bytes over encoded bytes, one training each.
    std::vector<double> compressions{5.0, 17.0};
    double pace = 1.0;               ///< epochs of the published schedule that one epoch stands for
    std::int64_t largest_group = 16; ///< weights, beyond which groups do not grow
    FineTuning frozen;               ///< once the weights fit and their mask stays
    bool compares = true;            ///< plain magnitude pruning under the same schedule, beside it

    bool operator==(const EastOptions&) const = default;
};

/// Prune and quantise.
struct PaqOptions {
    std::vector<std::int64_t> targets_kibibytes{64, 96, 128}; ///< of the resident memory model
    std::vector<std::int64_t> bits{4, 6, 8, 16};
    FineTuning pruned;    ///< in float, after pruning
    FineTuning quantized; ///< in fixed point, after quantising

    bool operator==(const PaqOptions&) const = default;
};

struct CompressionJob {
    std::string name;        ///< title of the run; the job file's stem unless it is given
    std::string compression; ///< the method: east | paq
    /// How the float network comes about: from a topology by training, or as an ONNX file, which paq takes as
    /// it is and east trains on.
    TrainJob train;
    std::int64_t calibration = 256; ///< images that place the radix points
    EastOptions east;
    PaqOptions paq;

    bool operator==(const CompressionJob&) const = default;
};

void describe(Fields& fields, CompressionJob& job);

/// Whether a job file asks for a compression: it names one at its top.
bool is_compression_job(const Document& document);

/// Text to a valid job; all problems at once. `train.network` is looked for from the working directory, then
/// from the job file's folder, and becomes absolute.
[[nodiscard]] Result<CompressionJob> parse_compression_job(const Document& document, const std::string& file);
[[nodiscard]] Result<CompressionJob> load_compression_job(const std::string& path);

/// The resolved job: every field written.
std::string to_yaml(CompressionJob job);

} // namespace tandem
