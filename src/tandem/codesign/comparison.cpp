#include "tandem/codesign/comparison.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "tandem/search/front_archive.h"
#include "tandem/search/indicators.h"

namespace tandem {

namespace {

struct MethodSummary {
    std::string algorithm;
    std::vector<double> hypervolumes;
    std::vector<std::vector<Objectives>> fronts;
    std::vector<const ComparedRun*> runs;
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
        method->hypervolumes.push_back(run.hypervolume());
        method->runs.push_back(&run);
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

/// As many places of a curve as a picture shows.
constexpr std::size_t kCurvePoints = 100;

/// Numbers of evaluations, rising, the last one the longest run's.
std::vector<std::size_t> curve_places(const std::vector<ComparedRun>& runs) {
    std::size_t longest = 0;
    for (const ComparedRun& run : runs) longest = std::max(longest, run.evaluations);
    std::vector<std::size_t> places;
    const std::size_t points = std::min(longest, kCurvePoints);
    for (std::size_t i = 1; i <= points; ++i) places.push_back(i * longest / points);
    return places;
}

Document hypervolume_curve(const std::vector<const ComparedRun*>& runs,
                           const std::vector<std::size_t>& places) {
    Document::List curve;
    for (const std::size_t place : places) {
        std::vector<double> values;
        for (const ComparedRun* run : runs) {
            const std::size_t reached = std::min(place, run->hypervolumes.size());
            values.push_back(reached == 0 ? 0.0 : run->hypervolumes[reached - 1]);
        }
        const Summary summary = summarize(values);
        curve.push_back(Document::Map{{"evaluations", place},
                                      {"median", summary.median},
                                      {"lower_quartile", summary.lower_quartile},
                                      {"upper_quartile", summary.upper_quartile}});
    }
    return curve;
}

std::int64_t median_evaluations(const std::vector<const ComparedRun*>& runs) {
    std::vector<double> counts;
    counts.reserve(runs.size());
    for (const ComparedRun* run : runs) counts.push_back(static_cast<double>(run->evaluations));
    return static_cast<std::int64_t>(summarize(counts).median);
}

} // namespace

ComparedRun summarize_run(const std::string& algorithm, std::int64_t seed,
                          const std::vector<StoredDesign>& designs,
                          const std::vector<GenerationRecord>& generations, const Objectives& reference) {
    ComparedRun run{.algorithm = algorithm, .seed = seed, .evaluations = designs.size()};
    std::vector<Evaluation> evaluations;
    evaluations.reserve(designs.size());
    FrontArchive archive(reference);
    double box = 1.0;
    for (const double worst : reference) box *= worst;
    for (const StoredDesign& design : designs) {
        evaluations.push_back(design.evaluation);
        archive.add(design.evaluation);
        run.hypervolumes.push_back(archive.hypervolume() / box);
    }
    for (const std::size_t index : front_indices(evaluations)) {
        run.front.push_back(evaluations[index].objectives);
    }
    for (const GenerationRecord& generation : generations) run.seconds += generation.seconds;
    return run;
}

Document compare_runs(const std::vector<ComparedRun>& runs, const std::vector<const Objective*>& objectives) {
    Document::List rows;
    for (const ComparedRun& run : runs) {
        rows.push_back(Document::Map{{"algorithm", run.algorithm},
                                     {"seed", run.seed},
                                     {"hypervolume", run.hypervolume()},
                                     {"front", run.front.size()},
                                     {"evaluations", run.evaluations},
                                     {"seconds", run.seconds}});
    }
    const std::vector<std::size_t> places = curve_places(runs);
    Document::List algorithms;
    for (const MethodSummary& method : summarize_methods(runs)) {
        const auto optional = [](const std::optional<double>& value) {
            return value ? Document(*value) : Document();
        };
        algorithms.push_back(Document::Map{{"algorithm", method.algorithm},
                                           {"seeds", method.summary.count},
                                           {"evaluations", median_evaluations(method.runs)},
                                           {"hypervolume_median", method.summary.median},
                                           {"hypervolume_lower_quartile", method.summary.lower_quartile},
                                           {"hypervolume_upper_quartile", method.summary.upper_quartile},
                                           {"p_value", optional(method.p_value)},
                                           {"superiority", optional(method.superiority)},
                                           {"attainment", attainment(method.fronts, objectives)},
                                           {"hypervolume_curve", hypervolume_curve(method.runs, places)}});
    }
    Document::List names;
    for (const Objective* objective : objectives) names.emplace_back(objective->name);
    return Document::Map{
        {"objectives", std::move(names)}, {"runs", std::move(rows)}, {"algorithms", std::move(algorithms)}};
}

std::string format_comparison(const std::vector<ComparedRun>& runs) {
    std::string text = fmt::format("{:<20} {:>5} {:>13} {:>6} {:>12} {:>9}\n", "algorithm", "seed",
                                   "hypervolume", "front", "evaluations", "seconds");
    for (const ComparedRun& run : runs) {
        text += fmt::format("{:<20} {:>5} {:>13.6g} {:>6} {:>12} {:>9.1f}\n", run.algorithm, run.seed,
                            run.hypervolume(), run.front.size(), run.evaluations, run.seconds);
    }
    text += fmt::format("\n{:<20} {:>5} {:>13} {:>13} {:>13} {:>9} {:>6}\n", "algorithm", "seeds", "median",
                        "1st quartile", "3rd quartile", "p", "A");
    for (const MethodSummary& method : summarize_methods(runs)) {
        const Summary& summary = method.summary;
        text += fmt::format("{:<20} {:>5} {:>13.6g} {:>13.6g} {:>13.6g} {:>9} {:>6}\n", method.algorithm,
                            summary.count, summary.median, summary.lower_quartile, summary.upper_quartile,
                            method.p_value ? fmt::format("{:.3g}", *method.p_value) : "",
                            method.superiority ? fmt::format("{:.2f}", *method.superiority) : "");
    }
    return text;
}

} // namespace tandem
