#include "run_variants.h"

#include <vector>

#include <fmt/format.h>

#include "run_outputs.h"
#include "tandem/codesign/machine_variants.h"
#include "tandem/codesign/run_record.h"
#include "tandem/report/report.h"
#include "tandem/report/variants_table.h"

namespace tandem::app {

namespace fs = std::filesystem;

namespace {

/// The machine files of the variants that are no files yet.
Result<void> write_machines(const std::vector<VariantRun>& variants) {
    for (const VariantRun& variant : variants) {
        if (!variant.machine) continue;
        const fs::path file = variant.job.machine;
        TANDEM_TRY(make_folder(file.parent_path()));
        TANDEM_TRY(write_file(file, to_yaml(*variant.machine), Existing::replace));
    }
    return {};
}

} // namespace

Result<void> run_variants(const Job& job, const SeveralRuns& options, Progress& progress) {
    const std::vector<VariantRun> variants = TANDEM_TRY(plan_variants(job, options.job_file, options.out));
    KnownQualities qualities;
    Document::List described;
    Document::List pages;
    std::vector<Problem> problems;
    for (const VariantRun& variant : variants) {
        const fs::path folder = options.out / variant.name;
        // Bad input must leave nothing behind, so the first problem is loaded before anything is written.
        MachinePointer machine =
            TANDEM_TRY(variant.machine ? parse_machine(*variant.machine, variant.job.machine)
                                       : load_machine(variant.job.machine));
        QuantizationProblem problem =
            TANDEM_TRY(load_problem(variant.job, options.job_file, std::move(machine), options.memory));
        problem.know(qualities);
        if (&variant == &variants.front()) TANDEM_TRY(write_machines(variants));
        Opened opened = TANDEM_TRY(open_one_of_several(folder, variant.job, options, std::move(problem), {}));
        const auto crew =
            make_thread_crew([&](const Genome& genome) { return opened.problem.evaluate(genome); });
        const std::vector<StoredDesign> designs =
            TANDEM_TRY(search(opened, *crew, "the same command again", progress));
        const auto priced = static_cast<std::size_t>(std::ranges::count_if(
            designs, [](const StoredDesign& design) { return !design.evaluation.infeasible; }));
        const std::size_t measured = opened.problem.add_qualities(designs, qualities);
        const Result<Selection> selection = select_designs(opened.problem, designs);
        if (!selection) {
            described.push_back(describe_variant(variant, selection.error().problems.front().found));
            problems.push_back(selection.error().problems.front());
            continue;
        }
        const Phases phases{{"search", TANDEM_TRY(seconds_of_search(opened.store))}};
        const Document front =
            TANDEM_TRY(write_outputs(opened.problem, designs, opened.store, opened.run.paths, phases,
                                     Deployment::none, /*tuned=*/std::nullopt, progress));
        described.push_back(describe_variant(variant, front, priced - measured));
        pages.push_back(TANDEM_TRY(load_run_document(opened.run.paths)));
    }
    if (pages.empty()) return tl::unexpected(Error{ErrorKind::failed, std::move(problems)});
    const Document comparison = describe_variants(job, std::move(described));
    TANDEM_TRY(write_file(options.out / "machines.html", emit_comparison_html(pages), Existing::replace));
    TANDEM_TRY(write_file(options.out / "machines.json", to_json(comparison, JsonLayout::indented) + "\n",
                          Existing::replace));
    if (options.common.json) return print_json(comparison);
    return print(format_variants(comparison) + "report:  " + (options.out / "machines.html").string() + "\n");
}

} // namespace tandem::app
