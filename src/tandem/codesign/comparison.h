// Several runs of one problem beside each other: what a method finds over seeds, and whether another one
// finds more.
#pragma once

#include <string>
#include <vector>

#include "tandem/core/document.h"
#include "tandem/search/run_store.h"
#include "tandem/search/statistics.h"

namespace tandem {

/// One run of one method.
struct ComparedRun {
    std::string algorithm;
    std::int64_t seed = 0;
    double hypervolume = 0.0; ///< at the end
    std::size_t front_size = 0;
    std::size_t evaluations = 0; ///< real ones: a surrogate's guesses are none
    double seconds = 0.0;
};
ComparedRun summarize_run(const std::string& algorithm, std::int64_t seed,
                          const std::vector<StoredDesign>& designs,
                          const std::vector<GenerationRecord>& generations);

/// {runs: [...], algorithms: [{algorithm, seeds, hypervolume_median, hypervolume_lower_quartile,
/// hypervolume_upper_quartile, p_value, superiority}]}: the last two against the first algorithm, by the
/// two-sided Mann-Whitney U test; null for itself. In the order of the runs.
Document compare_runs(const std::vector<ComparedRun>& runs);

/// The same as a table.
std::string format_comparison(const std::vector<ComparedRun>& runs);

} // namespace tandem
