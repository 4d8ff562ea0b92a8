// AnaCoNGA's two searches in turns: widths on the array there is, then the array for the network chosen,
// until nothing changes. The composition alone: each search for widths is a run of its own, of a job that
// `round_job()` makes.
#pragma once

#include <string>
#include <vector>

#include "tandem/codesign/array_choice.h"
#include "tandem/codesign/quantization_search.h"
#include "tandem/core/document.h"

namespace tandem {

/// What a round ended with.
struct IterationRound {
    std::string array;     ///< name of the machine that widths were searched on
    Strategy strategy;     ///< chosen
    double accuracy = 0.0; ///< of it on the validation images, a share
    HardwareCost cost;     ///< of it on that array
    std::size_t evaluations = 0;
    std::string next_array; ///< found for it
    HardwareCost next_cost; ///< of it on that one
};

/// The job of one round: the same, for widths alone on the array of `machine_file`.
Job round_job(Job job, const std::string& machine_file);

/// The array for a design of a round's run, with what is not chosen from the round's machine; that machine
/// itself where its array is chosen again. Infeasible when none of the space meets the targets.
struct NextArray {
    MachinePointer machine;
    HardwareCost cost;
};
Outcome<NextArray> next_array(const QuantizationProblem& problem, const Genome& genome);

/// Why no further round is wanted; empty: one is. `most` is how many there may be.
std::string end_of_iteration(const std::vector<IterationRound>& rounds, std::int64_t most);

/// {rounds: [{round, array, accuracy, compute_cycles, dram_bytes, luts, brams, evaluations, next_array}],
/// end}.
Document to_document(const std::vector<IterationRound>& rounds, const std::string& end);
/// The same as a table.
std::string format_iterations(const std::vector<IterationRound>& rounds, const std::string& end);

} // namespace tandem
