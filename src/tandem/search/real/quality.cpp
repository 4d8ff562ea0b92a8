#include "tandem/search/real/quality.h"

#include <ctime>

#include "tandem/search/indicators.h"

namespace tandem {

namespace {

/// Processor time of this process; the wall clock of a busy machine says nothing of the algorithm.
double cpu_seconds() { return static_cast<double>(std::clock()) / static_cast<double>(CLOCKS_PER_SEC); }

} // namespace

std::vector<QualityRun> measure_quality(const RealProblem& problem, RealSearchOptions options,
                                        std::int64_t seeds) {
    const std::vector<Objectives> exact = problem.exact_front();
    std::vector<QualityRun> runs;
    for (std::int64_t seed = 1; seed <= seeds; ++seed) {
        options.seed = seed;
        const double start = cpu_seconds();
        const RealSearchResult result = search_real(problem, options);
        const double seconds = cpu_seconds() - start;
        runs.push_back({.seed = seed,
                        .hypervolume = hypervolume(result.population, Objectives(problem.objectives, 1.1)),
                        .igd_plus = igd_plus(result.population, exact),
                        .epsilon = additive_epsilon(result.population, exact),
                        .evaluations = result.evaluations,
                        .cpu_seconds = seconds});
    }
    return runs;
}

Summary hypervolume_summary(const std::vector<QualityRun>& runs) {
    std::vector<double> volumes;
    for (const QualityRun& run : runs) volumes.push_back(run.hypervolume);
    return summarize(volumes);
}

double evaluations_per_cpu_second(const std::vector<QualityRun>& runs) {
    double evaluations = 0.0;
    double seconds = 0.0;
    for (const QualityRun& run : runs) {
        evaluations += static_cast<double>(run.evaluations);
        seconds += run.cpu_seconds;
    }
    return seconds > 0.0 ? evaluations / seconds : 0.0;
}

Document to_document(const RealProblem& problem, const RealSearchOptions& options,
                     const std::vector<QualityRun>& runs) {
    Document::List list;
    for (const QualityRun& run : runs) {
        list.push_back(Document::Map{{"seed", run.seed},
                                     {"hypervolume", run.hypervolume},
                                     {"igd_plus", run.igd_plus},
                                     {"additive_epsilon", run.epsilon},
                                     {"evaluations", run.evaluations},
                                     {"cpu_seconds", run.cpu_seconds}});
    }
    const Summary summary = hypervolume_summary(runs);
    return Document::Map{
        {"problem", std::string(problem.name)},
        {"algorithm", "nsga2"},
        {"population", options.population},
        {"generations", options.generations},
        {"hypervolume_reference", 1.1},
        {"hypervolume_median", summary.median},
        {"hypervolume_lower_quartile", summary.lower_quartile},
        {"hypervolume_upper_quartile", summary.upper_quartile},
        {"exact_front_hypervolume", hypervolume(problem.exact_front(), Objectives(problem.objectives, 1.1))},
        {"evaluations_per_cpu_second", evaluations_per_cpu_second(runs)},
        {"runs", std::move(list)}};
}

} // namespace tandem
