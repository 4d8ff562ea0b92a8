#include "tandem/codesign/fine_tuning_record.h"

#include <algorithm>

#include "tandem/core/check.h"

namespace tandem {

namespace {

Document describe_round(const HalvingRound& round, const std::vector<StoredDesign>& designs) {
    Document::List contestants;
    for (const Contestant& contestant : round.contestants) {
        const StoredDesign& design = designs[contestant.design];
        contestants.push_back(Document::Map{{"id", design.id},
                                            {"estimate", quality_of(design).accuracy},
                                            {"accuracy", contestant.quality.accuracy},
                                            {"goes_on", contestants.size() < round.kept}});
    }
    return Document::Map{{"epochs", round.epochs}, {"designs", std::move(contestants)}};
}

/// Whether one has more of the test images right and costs less by every objective. Nothing beats what does
/// not fit: there is nothing to compare.
bool beats(const QuantizationProblem& problem, const FinalStrategy& one, const FinalStrategy& other) {
    const Outcome<Cost> cost = problem.cost(one.genome);
    const Outcome<Cost> other_cost = problem.cost(other.genome);
    if (!cost || !other_cost || !one.test_accuracy || !other.test_accuracy) return false;
    if (*one.test_accuracy <= *other.test_accuracy) return false;
    return std::ranges::all_of(find_objectives(problem.job().objectives), [&](const Objective* objective) {
        if (!is_cost(*objective)) return true;
        const auto paid = [&](const Cost& its) {
            return to_minimized(*objective, objective->value({}, its));
        };
        return paid(*cost) < paid(*other_cost);
    });
}

Document describe_final(const QuantizationProblem& problem, const std::vector<StoredDesign>& designs,
                        const FineTuned& tuned, const FinalStrategy& trained) {
    Document::Map map{{"label", trained.label}};
    // One that does not fit has nothing else to say in the record.
    if (trained.design && !designs[*trained.design].evaluation.infeasible) {
        map.emplace_back("id", designs[*trained.design].id);
        map.emplace_back("estimate", quality_of(designs[*trained.design]).accuracy);
    }
    map.emplace_back("accuracy", trained.quality.accuracy);
    map.emplace_back("kl_divergence", trained.quality.kl_divergence);
    if (trained.test_accuracy) map.emplace_back("test_accuracy", *trained.test_accuracy);
    const Outcome<Cost> cost = problem.cost(trained.genome);
    if (!cost) {
        map.emplace_back("reason", cost.error().reason);
        return map;
    }
    Document::List beaten_by;
    for (const FinalStrategy& other : tuned.finals) {
        if (beats(problem, other, trained)) beaten_by.push_back(other.label);
    }
    map.emplace_back("beaten_by", std::move(beaten_by));
    Document::Map objectives;
    for (const Objective* objective : find_objectives(problem.job().objectives)) {
        objectives.emplace_back(objective->name, objective->value(trained.quality, *cost));
    }
    map.emplace_back("objectives", std::move(objectives));
    return map;
}

} // namespace

Document describe_fine_tuning(const QuantizationProblem& problem, const std::vector<StoredDesign>& designs,
                              const FineTuned& tuned) {
    Document::List rounds;
    for (const HalvingRound& round : tuned.rounds) rounds.push_back(describe_round(round, designs));
    Document::List finals;
    for (const FinalStrategy& trained : tuned.finals) {
        finals.push_back(describe_final(problem, designs, tuned, trained));
    }
    const FineTuningOptions& options = *problem.job().fine_tuning;
    return Document::Map{{"method", options.method},
                         {"final_epochs", options.final_epochs},
                         {"trainings", tuned.account.trainings},
                         {"epochs", tuned.account.epochs},
                         {"images", tuned.account.images},
                         {"rounds", std::move(rounds)},
                         {"finals", std::move(finals)}};
}

} // namespace tandem
