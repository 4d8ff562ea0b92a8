#include "tandem/codesign/fine_tuning.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tandem/codesign/quantization_space.h"
#include "tandem/codesign/run_record.h"
#include "tandem/core/check.h"
#include "tandem/core/files.h"
#include "tandem/search/shortlist.h"
#include "tandem/strategy/import.h"

namespace tandem {

namespace fs = std::filesystem;

namespace {

/// The rounds in which all but one design of the shortlist drop out.
Result<std::vector<HalvingRound>> halve(const QuantizationProblem& problem,
                                        const std::vector<StoredDesign>& designs,
                                        const std::vector<std::size_t>& shortlist,
                                        StrategyTrainings& trainings) {
    const FineTuningOptions& options = *problem.job().fine_tuning;
    std::vector<std::size_t> remaining = shortlist;
    std::vector<HalvingRound> rounds;
    std::optional<ObjectiveBox> box; // of the first round, so that one measure serves all
    for (std::int64_t epochs = options.epochs; remaining.size() > 1; epochs *= 2) {
        HalvingRound round{.epochs = std::min(epochs, options.final_epochs),
                           .contestants = {},
                           .kept = (remaining.size() + 1) / 2};
        std::vector<Quality> qualities;
        std::vector<Evaluation> evaluations;
        std::vector<Objectives> points;
        for (const std::size_t design : remaining) {
            const Genome& genome = designs[design].genome;
            qualities.push_back(TANDEM_TRY(trainings.train(widths_of(problem, genome), round.epochs)));
            const Outcome<Cost> cost = problem.cost(genome);
            TANDEM_CHECK(cost.has_value(), "a design on the shortlist was priced before");
            evaluations.push_back(problem.judge(qualities.back(), *cost));
            points.push_back(evaluations.back().objectives);
        }
        if (!box) box = box_of(points);
        for (const std::size_t place : order_by_balance(evaluations, *box)) {
            round.contestants.push_back({.design = remaining[place], .quality = qualities[place]});
        }
        remaining.clear();
        for (std::size_t i = 0; i < round.kept; ++i) remaining.push_back(round.contestants[i].design);
        rounds.push_back(std::move(round));
    }
    return rounds;
}

/// The genomes of the uniform precisions that the job names, in its order.
std::vector<UniformGenome> named_uniforms(const QuantizationProblem& problem) {
    const std::vector<UniformGenome> all = uniform_genomes(problem.space(), problem.job().space);
    std::vector<UniformGenome> named;
    for (const std::int64_t bits : problem.job().fine_tuning->uniform) {
        const auto found = std::ranges::find(all, static_cast<int>(bits), &UniformGenome::bits);
        TANDEM_CHECK(found != all.end(), "a job's uniform precisions are of its space");
        named.push_back(*found);
    }
    return named;
}

/// The acceptable designs that cost less than the genome by every objective, the best first by the objectives
/// that are no costs, as the search has them, of equals the one nearer to the float network. None where the
/// genome does not fit, or costs are no objective.
std::vector<std::size_t> designs_below(const QuantizationProblem& problem, const Genome& genome,
                                       const std::vector<StoredDesign>& designs) {
    const std::vector<const Objective*> objectives = find_objectives(problem.job().objectives);
    const Outcome<Cost> bar = problem.cost(genome);
    if (!bar || std::ranges::none_of(objectives, [](const Objective* any) { return is_cost(*any); }))
        return {};
    const auto is_below = [&](const Evaluation& evaluation) {
        if (evaluation.infeasible || evaluation.violation > 0.0) return false;
        for (std::size_t i = 0; i < objectives.size(); ++i) {
            const Objective& objective = *objectives[i];
            if (!is_cost(objective)) continue;
            if (evaluation.objectives[i] >= to_minimized(objective, objective.value({}, *bar))) return false;
        }
        return true;
    };
    std::vector<std::size_t> below;
    std::vector<std::vector<double>> ranks(designs.size());
    for (std::size_t i = 0; i < designs.size(); ++i) {
        if (!is_below(designs[i].evaluation)) continue;
        for (std::size_t k = 0; k < objectives.size(); ++k) {
            if (!is_cost(*objectives[k])) ranks[i].push_back(designs[i].evaluation.objectives[k]);
        }
        ranks[i].push_back(quality_of(designs[i]).kl_divergence);
        below.push_back(i);
    }
    std::ranges::stable_sort(below, std::ranges::less(), [&](std::size_t i) { return ranks[i]; });
    return below;
}

} // namespace

const FinalStrategy* FineTuned::find(std::size_t design) const {
    const auto found = std::ranges::find(finals, std::optional(design), &FinalStrategy::design);
    return found == finals.end() ? nullptr : &*found;
}

Result<QuantizedNetwork> final_network(const QuantizationProblem& problem,
                                       const std::vector<StoredDesign>& designs, std::size_t design,
                                       const FineTuned* tuned) {
    const FinalStrategy* const trained = tuned != nullptr ? tuned->find(design) : nullptr;
    return trained != nullptr ? trained->network : problem.quantized(designs[design].genome);
}

Result<FineTuning> FineTuning::create(const QuantizationProblem& problem) {
    const Experiment& experiment = problem.experiment();
    const std::string& file = problem.job().network;
    if (experiment.strategy) {
        return bad_input(file, "", "a network that comes quantised",
                         "one in float, which 'fine_tuning' trains");
    }
    std::shared_ptr<Trainer> trainer = TANDEM_TRY(load_trainer());
    // As it was given, batch normalisation in place; what was folded for deployment trains worse.
    Network start =
        experiment.supernet ? experiment.supernet->network() : TANDEM_TRY(import_network(file)).network;
    TANDEM_TRY(trainer->check(start));
    for (const UniformGenome& uniform : named_uniforms(problem)) {
        TANDEM_TRY(start_training(problem, start, widths_of(problem, uniform.genome)));
    }
    return FineTuning(std::move(trainer), std::move(start));
}

Result<FineTuned> FineTuning::run(const QuantizationProblem& problem,
                                  const std::vector<StoredDesign>& designs, const fs::path& folder,
                                  const std::atomic<bool>& interrupted, Progress& progress) const {
    TANDEM_TRY(select_designs(problem, designs)); // or says why there is none
    TANDEM_TRY(make_folder(folder));
    const FineTuningOptions& options = *problem.job().fine_tuning;
    std::vector<Evaluation> evaluations;
    evaluations.reserve(designs.size());
    for (const StoredDesign& design : designs) evaluations.push_back(design.evaluation);
    const auto can_train = [&](std::size_t design) {
        return start_training(problem, start_, widths_of(problem, designs[design].genome)).has_value();
    };
    const std::vector<std::size_t> shortlist =
        pick_shortlist(evaluations, static_cast<std::size_t>(options.shortlist), can_train);
    if (shortlist.empty()) {
        return failed(problem.job().name, "fine_tuning", "no design that can be trained at its widths",
                      "wider widths, or another method");
    }
    StrategyTrainings trainings(problem, start_, *trainer_, folder, interrupted, progress);
    FineTuned result;
    result.rounds = TANDEM_TRY(halve(problem, designs, shortlist, trainings));
    const std::size_t chosen =
        result.rounds.empty() ? shortlist.front() : result.rounds.back().contestants.front().design;
    result.finals.push_back({.label = "chosen",
                             .genome = designs[chosen].genome,
                             .design = chosen,
                             .quality = {},
                             .network = {}});
    const std::vector<UniformGenome> uniforms = named_uniforms(problem);
    for (const UniformGenome& uniform : uniforms) {
        result.finals.push_back({.label = fmt::format("{}-bit", uniform.bits),
                                 .genome = uniform.genome,
                                 .design = index_of(designs, uniform.genome),
                                 .quality = {},
                                 .network = {}});
    }
    for (std::size_t place = 0; place < options.rivals.size(); ++place) {
        const auto [bits, genome] = uniforms[place];
        std::int64_t missing = options.rivals[place];
        if (missing == 0) continue;
        for (const std::size_t design : designs_below(problem, genome, designs)) {
            if (result.find(design) != nullptr || !can_train(design)) continue;
            result.finals.push_back(
                {.label = fmt::format("below {}-bit ({})", bits, options.rivals[place] - missing + 1),
                 .genome = designs[design].genome,
                 .design = design,
                 .quality = {},
                 .network = {}});
            if (--missing == 0) break;
        }
    }
    for (FinalStrategy& final_strategy : result.finals) {
        const Strategy widths = widths_of(problem, final_strategy.genome);
        final_strategy.quality = TANDEM_TRY(trainings.train(widths, options.final_epochs));
        final_strategy.network = TANDEM_TRY(trainings.network(widths));
    }
    result.account = trainings.account();
    return result;
}

} // namespace tandem
