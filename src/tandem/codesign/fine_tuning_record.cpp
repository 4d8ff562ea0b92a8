#include "tandem/codesign/fine_tuning_record.h"

#include "tandem/core/check.h"

namespace tandem {

namespace {

/// What the search's evaluator said of a design that fits.
Document estimate_of(const StoredDesign& design) {
    const Result<Document> details = parse_json(design.evaluation.details, "run.sqlite");
    TANDEM_CHECK(details.has_value(), "the store keeps what the evaluator wrote");
    return *details->find("accuracy");
}

Document describe_round(const HalvingRound& round, const std::vector<StoredDesign>& designs) {
    Document::List contestants;
    for (const Contestant& contestant : round.contestants) {
        const StoredDesign& design = designs[contestant.design];
        contestants.push_back(Document::Map{{"id", design.id},
                                            {"estimate", estimate_of(design)},
                                            {"accuracy", contestant.quality.accuracy},
                                            {"goes_on", contestants.size() < round.kept}});
    }
    return Document::Map{{"epochs", round.epochs}, {"designs", std::move(contestants)}};
}

Document describe_final(const QuantizationProblem& problem, const std::vector<StoredDesign>& designs,
                        const FinalStrategy& trained) {
    Document::Map map{{"label", trained.label}};
    // One that does not fit has nothing else to say in the record.
    if (trained.design && !designs[*trained.design].evaluation.infeasible) {
        map.emplace_back("id", designs[*trained.design].id);
        map.emplace_back("estimate", estimate_of(designs[*trained.design]));
    }
    map.emplace_back("accuracy", trained.quality.accuracy);
    map.emplace_back("kl_divergence", trained.quality.kl_divergence);
    if (trained.test_accuracy) map.emplace_back("test_accuracy", *trained.test_accuracy);
    const Outcome<Cost> cost = problem.cost(trained.genome);
    if (!cost) {
        map.emplace_back("reason", cost.error().reason);
        return map;
    }
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
        finals.push_back(describe_final(problem, designs, trained));
    }
    const FineTuningOptions& options = *problem.job().fine_tuning;
    return Document::Map{{"method", options.method},     {"final_epochs", options.final_epochs},
                         {"trainings", tuned.trainings}, {"epochs", tuned.epochs},
                         {"images", tuned.images},       {"rounds", std::move(rounds)},
                         {"finals", std::move(finals)}};
}

} // namespace tandem
