// `tandem report`: a run as one self-contained page.

#include <memory>
#include <string>
#include <vector>

#include "command.h"
#include "run_page.h"
#include "tandem/core/files.h"
#include "tandem/report/report.h"

namespace tandem::app {

namespace {

struct Options {
    std::string directory;
    std::vector<std::string> compared;
    std::string out;
    bool force = false;
};

Result<std::string> make_page(const Options& options) {
    if (options.compared.empty() == options.directory.empty()) {
        return bad_input("tandem report", "", options.compared.empty() ? "no run" : "a run and --compare",
                         "DIR, or --compare DIR DIR");
    }
    if (options.compared.empty()) {
        return emit_html(TANDEM_TRY(load_run_document(RunPaths{options.directory})));
    }
    Document::List runs;
    for (const std::string& directory : options.compared) {
        runs.push_back(TANDEM_TRY(load_run_document(RunPaths{directory})));
    }
    return emit_comparison_html(runs);
}

Result<void> execute(const Options& options) {
    const std::string page = TANDEM_TRY(make_page(options));
    if (options.out == "-") return print(page);
    TANDEM_TRY(write_file(options.out, page, options.force ? Existing::replace : Existing::refuse));
    return print("report:  " + options.out + "\n");
}

} // namespace

void add_report(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("DIR", options->directory, "run directory");
    app.add_option("--compare", options->compared, "lay the runs of these directories over each other")
        ->expected(2, 64);
    app.add_option("-o,--out", options->out, "file to write; - is standard output")->required();
    app.add_flag("--force", options->force, "replace the file if it exists");
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
