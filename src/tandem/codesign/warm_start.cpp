#include "tandem/codesign/warm_start.h"

#include <algorithm>
#include <set>

#include "tandem/codesign/quantization_space.h"
#include "tandem/codesign/run_directory.h"
#include "tandem/search/indicators.h"

namespace tandem {

namespace {

/// Indices of at most `most` points of the front, ever coarser boxes until they are few enough.
std::vector<std::size_t> spread(const std::vector<Objectives>& front, std::size_t most) {
    std::vector<std::size_t> sample;
    for (double width = 1.0 / 256.0; width <= 1.0; width *= 2.0) {
        sample = epsilon_sample(front, width);
        if (sample.size() <= most) return sample;
    }
    sample.resize(std::min(sample.size(), most));
    return sample;
}

} // namespace

Result<std::vector<Genome>> warm_start_guesses(const std::filesystem::path& directory,
                                               const QuantizationProblem& problem) {
    const RunPaths paths{directory};
    if (!std::filesystem::exists(paths.job()) || !std::filesystem::exists(paths.store())) {
        return bad_input(directory.string(), "", "no run to begin with", "a folder that 'tandem run' made");
    }
    const Job job = TANDEM_TRY(load_job(paths.job().string()));
    const RunStore store = TANDEM_TRY(RunStore::open(paths.store()));
    const RunHeader header = TANDEM_TRY(store.header());
    const std::vector<StoredDesign> designs = TANDEM_TRY(store.designs());
    TANDEM_TRY(problem.recall_schedules(store));

    std::vector<Evaluation> evaluations;
    evaluations.reserve(designs.size());
    for (const StoredDesign& design : designs) evaluations.push_back(design.evaluation);
    const std::vector<std::size_t> front = front_indices(evaluations);
    std::vector<Objectives> points;
    points.reserve(front.size());
    for (const std::size_t index : front) points.push_back(evaluations[index].objectives);

    std::vector<Genome> guesses;
    std::set<Genome> seen;
    const auto half = static_cast<std::size_t>((problem.job().search.population + 1) / 2);
    for (const std::size_t index : spread(points, half)) {
        Genome genome = translate_genome(designs[front[index]].genome, header.gene_names, job.space,
                                         problem.space(), problem.job().space);
        if (seen.insert(genome).second) guesses.push_back(std::move(genome));
    }
    return guesses;
}

} // namespace tandem
