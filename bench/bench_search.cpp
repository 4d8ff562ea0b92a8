// bench_search: how good and how fast NSGA-II is on problems whose fronts are known.
//     build/release/bench_search --problem zdt1 --seeds 11 --json
// Times are processor times, so that a busy machine does not show.
#include <cstdint>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tandem/search/real/quality.h"

namespace {

using namespace tandem;

struct Options {
    std::string problem = "all";
    std::int64_t seeds = 11;
    RealSearchOptions search;
    bool json = false;
};

int run(const Options& options) {
    Document::List documents;
    if (!options.json) {
        fmt::print("{:<8} {:>10} {:>10} {:>10} {:>10} {:>12} {:>16}\n", "problem", "HV median", "HV IQR",
                   "HV exact", "IGD+", "evaluations", "evals/CPU second");
    }
    for (const RealProblem& problem : test_problems()) {
        if (options.problem != "all" && options.problem != problem.name) continue;
        const std::vector<QualityRun> runs = measure_quality(problem, options.search, options.seeds);
        if (options.json) {
            documents.push_back(to_document(problem, options.search, runs));
            continue;
        }
        std::vector<double> distances;
        for (const QualityRun& one : runs) distances.push_back(one.igd_plus);
        const Summary summary = hypervolume_summary(runs);
        fmt::print("{:<8} {:>10.4f} {:>10.4f} {:>10.4f} {:>10.5f} {:>12} {:>16.0f}\n", problem.name,
                   summary.median, summary.interquartile_range(),
                   hypervolume(problem.exact_front(), Objectives(problem.objectives, 1.1)),
                   quantile(distances, 0.5), runs.front().evaluations, evaluations_per_cpu_second(runs));
    }
    if (options.json) {
        const Document document = documents.size() == 1 ? documents.front() : Document(documents);
        fmt::print("{}\n", to_json(document, JsonLayout::indented));
    }
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    Options options;
    std::vector<std::string> names{"all"};
    for (const RealProblem& problem : test_problems()) names.emplace_back(problem.name);
    CLI::App app{"Measures NSGA-II on problems whose fronts are known.", "bench_search"};
    app.add_option("--problem", options.problem, "problem, or all")
        ->check(CLI::IsMember(names))
        ->capture_default_str();
    app.add_option("--seeds", options.seeds, "runs, with seeds from 1")
        ->check(CLI::Range(1, 10'000))
        ->capture_default_str();
    app.add_option("--population", options.search.population, "individuals, a multiple of four")
        ->check(CLI::Range(4, 100'000))
        ->check([](const std::string& text) {
            return std::stoll(text) % 4 == 0 ? std::string() : text + " is no multiple of four";
        })
        ->capture_default_str();
    app.add_option("--generations", options.search.generations, "the first population included")
        ->check(CLI::Range(1, 1'000'000))
        ->capture_default_str();
    app.add_flag("--json", options.json, "print JSON instead of a table");
    app.footer("Example:\n  build/release/bench_search --problem zdt1 --seeds 11 --json");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() == 0) return app.exit(error);
        fmt::print(stderr, "bench_search: {}\n", error.what());
        return 2;
    }
    return run(options);
}
