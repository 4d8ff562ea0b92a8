// How good and how fast the algorithm is on a problem whose front is known, over several seeds.
#pragma once

#include <cstdint>
#include <vector>

#include "tandem/core/document.h"
#include "tandem/search/real/real_search.h"
#include "tandem/search/statistics.h"

namespace tandem {

struct QualityRun {
    std::int64_t seed = 0;
    double hypervolume = 0.0; ///< of the last population, against 1.1 in every objective
    double igd_plus = 0.0;    ///< from the exact front
    double epsilon = 0.0;     ///< additive, to the exact front
    std::int64_t evaluations = 0;
    double cpu_seconds = 0.0; ///< of the search alone
};

/// Seeds 1 to `seeds`; the option's own seed is not read.
std::vector<QualityRun> measure_quality(const RealProblem& problem, RealSearchOptions options,
                                        std::int64_t seeds);

/// The median and quartiles of the hypervolumes.
Summary hypervolume_summary(const std::vector<QualityRun>& runs);

/// All evaluations over all processor time.
double evaluations_per_cpu_second(const std::vector<QualityRun>& runs);

/// The runs and their summary, for machines.
Document to_document(const RealProblem& problem, const RealSearchOptions& options,
                     const std::vector<QualityRun>& runs);

} // namespace tandem
