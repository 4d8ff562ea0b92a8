#include "tandem/codesign/comparison.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "tandem/search/indicators.h"

namespace tandem {

namespace {

struct MethodSummary {
    std::string algorithm;
    std::vector<double> hypervolumes;
    std::vector<std::vector<Objectives>> fronts;
    Summary summary;
    std::optional<double> p_value;
    std::optional<double> superiority;
};

std::vector<MethodSummary> summarize_methods(const std::vector<ComparedRun>& runs) {
    std::vector<MethodSummary> methods;
    for (const ComparedRun& run : runs) {
        auto method = std::ranges::find(methods, run.algorithm, &MethodSummary::algorithm);
        if (method == methods.end()) {
            method = methods.insert(method, MethodSummary{});
            method->algorithm = run.algorithm;
        }
        method->hypervolumes.push_back(run.hypervolume);
        method->fronts.push_back(run.front);
    }
    for (MethodSummary& method : methods) {
        method.summary = summarize(method.hypervolumes);
        if (&method == &methods.front()) continue;
        method.p_value = mann_whitney_p(method.hypervolumes, methods.front().hypervolumes);
        method.superiority = superiority(method.hypervolumes, methods.front().hypervolumes);
    }
    return methods;
}

/// Exact surfaces of n points in m objectives take some n^(m - 1) steps.
constexpr std::size_t kMostObjectives = 3;

Document attainment(const std::vector<std::vector<Objectives>>& fronts,
                    const std::vector<const Objective*>& objectives) {
    if (objectives.size() > kMostObjectives) return {};
    const auto surface = [&](std::size_t runs) {
        Document::List points;
        for (const Objectives& point : attainment_surface(fronts, runs)) {
            Document::List values;
            for (std::size_t i = 0; i < point.size(); ++i) {
                values.emplace_back(from_minimized(*objectives[i], point[i]));
            }
            points.emplace_back(std::move(values));
        }
        return points;
    };
    return Document::Map{{"best", surface(1)},
                         {"median", surface((fronts.size() + 1) / 2)},
                         {"worst", surface(fronts.size())}};
}

} // namespace

ComparedRun summarize_run(const std::string& algorithm, std::int64_t seed,
                          const std::vector<StoredDesign>& designs,
                          const std::vector<GenerationRecord>& generations) {
    ComparedRun run{.algorithm = algorithm, .seed = seed, .evaluations = designs.size()};
    std::vector<Evaluation> evaluations;
    evaluations.reserve(designs.size());
    for (const StoredDesign& design : designs) evaluations.push_back(design.evaluation);
    for (const std::size_t index : front_indices(evaluations)) {
        run.front.push_back(evaluations[index].objectives);
    }
    for (const GenerationRecord& generation : generations) run.seconds += generation.seconds;
    if (!generations.empty()) run.hypervolume = generations.back().hypervolume;
    return run;
}

Document compare_runs(const std::vector<ComparedRun>& runs, const std::vector<const Objective*>& objectives) {
    Document::List rows;
    for (const ComparedRun& run : runs) {
        rows.push_back(Document::Map{{"algorithm", run.algorithm},
                                     {"seed", run.seed},
                                     {"hypervolume", run.hypervolume},
                                     {"front", run.front.size()},
                                     {"evaluations", run.evaluations},
                                     {"seconds", run.seconds}});
    }
    Document::List algorithms;
    for (const MethodSummary& method : summarize_methods(runs)) {
        const auto optional = [](const std::optional<double>& value) {
            return value ? Document(*value) : Document();
        };
        algorithms.push_back(Document::Map{{"algorithm", method.algorithm},
                                           {"seeds", method.summary.count},
                                           {"hypervolume_median", method.summary.median},
                                           {"hypervolume_lower_quartile", method.summary.lower_quartile},
                                           {"hypervolume_upper_quartile", method.summary.upper_quartile},
                                           {"p_value", optional(method.p_value)},
                                           {"superiority", optional(method.superiority)},
                                           {"attainment", attainment(method.fronts, objectives)}});
    }
    return Document::Map{{"runs", std::move(rows)}, {"algorithms", std::move(algorithms)}};
}

std::string format_comparison(const std::vector<ComparedRun>& runs) {
    std::string text = fmt::format("{:<14} {:>5} {:>13} {:>6} {:>12} {:>9}\n", "algorithm", "seed",
                                   "hypervolume", "front", "evaluations", "seconds");
    for (const ComparedRun& run : runs) {
        text += fmt::format("{:<14} {:>5} {:>13.6g} {:>6} {:>12} {:>9.1f}\n", run.algorithm, run.seed,
                            run.hypervolume, run.front.size(), run.evaluations, run.seconds);
    }
    text += fmt::format("\n{:<14} {:>5} {:>13} {:>13} {:>13} {:>9} {:>6}\n", "algorithm", "seeds", "median",
                        "1st quartile", "3rd quartile", "p", "A");
    for (const MethodSummary& method : summarize_methods(runs)) {
        const Summary& summary = method.summary;
        text += fmt::format("{:<14} {:>5} {:>13.6g} {:>13.6g} {:>13.6g} {:>9} {:>6}\n", method.algorithm,
                            summary.count, summary.median, summary.lower_quartile, summary.upper_quartile,
                            method.p_value ? fmt::format("{:.3g}", *method.p_value) : "",
                            method.superiority ? fmt::format("{:.2f}", *method.superiority) : "");
    }
    return text;
}

} // namespace tandem
