// The job file: what a co-design run is asked for. One struct a section; describe() is the one
// place that names fields, ranges and meanings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tandem/codesign/hardware_space.h"
#include "tandem/codesign/level_screen.h"
#include "tandem/core/document.h"
#include "tandem/core/fields.h"
#include "tandem/core/result.h"
#include "tandem/data/dataset.h"
#include "tandem/search/search.h"

namespace tandem {

/// Which data calibrate and score.
struct DataOptions {
    std::string dataset = "fashion-mnist";
    std::string directory;                  ///< empty: where the data set's package puts it
    std::int64_t calibration = 256;         ///< images; radix points move little beyond a few hundred
    std::optional<std::int64_t> validation; ///< images; none: kUsualValidation, or all where there are fewer
    std::string root;            ///< where a relative `directory` is looked for; a command line's alone
    Normalization normalization; ///< of pixels

    bool operator==(const DataOptions&) const = default;
};

/// What a search may choose.
struct SpaceOptions {
    std::vector<std::int64_t> weight_bits{2, 4, 6, 8, 16};
    std::vector<std::int64_t> activation_bits{2, 4, 6, 8, 16};
    bool tie = false; ///< weights and activations of a layer share one width
    /// Of the first and the last layer, whatever the lists say; none: like any other.
    std::optional<std::int64_t> first_last_bits = std::nullopt;

    bool operator==(const SpaceOptions&) const = default;
};

/// What a design must keep to be acceptable.
struct ConstraintOptions {
    double accuracy_drop = 1.0; ///< largest loss against the float network; 1 asks for nothing
    /// Of a board's memories, for the whole image; none: as much as the board has.
    std::optional<std::int64_t> flash_bytes = std::nullopt;
    std::optional<std::int64_t> ram_bytes = std::nullopt;
    /// Of one inference on a board, as they are estimated; none: any number.
    std::optional<std::int64_t> instructions = std::nullopt;

    bool operator==(const ConstraintOptions&) const = default;
};

/// The array that each design gets: found by an inner search, genes of the design itself, the machine's own,
/// or found between searches for widths.
struct HardwareOptions {
    std::string method = "exact";   ///< or nsga2, as AnaCoNGA had it, joint, fixed, or iterative
    std::int64_t population = 200;  ///< of nsga2 (AnaCoNGA)
    std::int64_t generations = 200; ///< of nsga2 (AnaCoNGA)
    std::int64_t rounds = 4;        ///< of iterative, at most; 1 is one search after the other
    HardwareSpace space;
    HardwareTargets targets;

    bool is_joint() const { return method == "joint"; }
    bool is_fixed() const { return method == "fixed"; }
    bool is_iterative() const { return method == "iterative"; }

    bool operator==(const HardwareOptions&) const = default;
};

/// One of several machines that a job compares.
struct MachineVariant {
    std::string machine;
    std::string dataflow;   ///< in place of the file's; empty: that
    std::int64_t batch = 1; ///< in place of the job's

    bool operator==(const MachineVariant&) const = default;
};

/// What is trained once a search has ended: a shortlist of its designs by successive halving, and uniform
/// precisions beside the one that is left.
struct FineTuningOptions {
    std::int64_t shortlist = 8;     ///< three halvings
    std::int64_t epochs = 1;        ///< of the first round; each later one trains twice as long
    std::int64_t final_epochs = 12; ///< of the design that is left and of the uniform precisions
    double learning_rate = 0.01;    ///< a tenth of what training from scratch takes: the weights are good
    std::int64_t batch_size = 128;
    std::string method = "lsq"; ///< reaches most at few bits
    double distillation = 0.0;  ///< share of the loss: the divergence from what the network says in float
    std::vector<std::int64_t> uniform; ///< widths
    std::vector<std::int64_t> rivals;  ///< how many of each of these; empty: none

    bool operator==(const FineTuningOptions&) const = default;
};

struct Job {
    std::string name; ///< title of the run; the job file's stem unless it is given
    std::string network;
    DataOptions data;
    std::string machine; ///< with `hardware`: gives all that is not chosen
    /// Searched for one after the other and compared, in place of `machine`.
    std::vector<MachineVariant> machines;
    std::int64_t batch = 1; ///< images at a time; costs are those of one of them
    std::optional<HardwareOptions> hardware;
    std::optional<RefineTargets> refine; ///< tried level by level; none: each design is priced at the finest
    SpaceOptions space;
    /// Whether the file has `space.tie`; of several machines each one's rule holds where it has not.
    bool says_tie = true;
    SearchOptions search;
    std::optional<FineTuningOptions> fine_tuning; ///< none: what the search found is deployed
    std::vector<std::string> objectives{"accuracy", "energy", "latency"};
    ConstraintOptions constraints;

    bool operator==(const Job&) const = default;
};

void describe(Fields& fields, DataOptions& options);
void describe(Fields& fields, Job& job);

/// A path that a job names, absolute: as the working directory or else the job's folder resolves it; as given
/// when neither has it, so that the loader's message names what the user wrote.
std::string resolve_path(const std::string& path, const std::string& job_file);

/// Text to a valid job: types and ranges, then rules across fields. `network` and `machine` are
/// looked for from the working directory, then from the job file's folder, and become absolute, so that the
/// resolved job runs from anywhere. All problems at once.
[[nodiscard]] Result<Job> parse_job(const Document& document, const std::string& file);
[[nodiscard]] Result<Job> load_job(const std::string& path);

/// The resolved job: every field written. Loading it gives an equal job.
std::string to_yaml(const Job& job);

} // namespace tandem
