// Several runs of one problem beside each other: what a method finds over seeds, and whether another one
// finds more.
#pragma once

#include <string>
#include <vector>

#include "tandem/codesign/objectives.h"
#include "tandem/core/document.h"
#include "tandem/search/front.h"
#include "tandem/search/run_store.h"
#include "tandem/search/statistics.h"

namespace tandem {

/// One run of one method.
struct ComparedRun {
    std::string algorithm;
    std::int64_t seed = 0;
    std::vector<double> hypervolumes{}; ///< after each evaluation, as shares of the reference's box
    std::vector<Objectives> front{};
    std::size_t evaluations = 0; ///< real ones: a surrogate's guesses are none
    double seconds = 0.0;

    /// At the end; 0 when nothing was evaluated.
    double hypervolume() const { return hypervolumes.empty() ? 0.0 : hypervolumes.back(); }
};
/// `reference` is that of the hypervolume.
ComparedRun summarize_run(const std::string& algorithm, std::int64_t seed,
                          const std::vector<StoredDesign>& designs,
                          const std::vector<GenerationRecord>& generations, const Objectives& reference);

/// {objectives, runs: [...], algorithms: [{algorithm, seeds, evaluations, hypervolume_median,
/// hypervolume_lower_quartile, hypervolume_upper_quartile, p_value, superiority, attainment,
/// hypervolume_curve}]}, in the order of the runs. p_value and superiority are against the first algorithm,
/// by the two-sided Mann-Whitney U test; null for itself. hypervolume_curve: [{evaluations, median,
/// lower_quartile, upper_quartile}] at the same numbers of evaluations for all, a hundred of them up to the
/// longest run's; a run that ended earlier keeps what it had. `evaluations` is the median of its runs.
/// attainment: {best, median, worst}, the points attained by one seed, by half of them and by all, each a
/// list of objectives as a person reads them; null for four objectives and more, where it takes too long.
Document compare_runs(const std::vector<ComparedRun>& runs, const std::vector<const Objective*>& objectives);

/// The same as a table.
std::string format_comparison(const std::vector<ComparedRun>& runs);

} // namespace tandem
