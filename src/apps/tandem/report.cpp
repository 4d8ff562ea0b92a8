// `tandem report`: a run as one self-contained page.

#include <memory>

#include "command.h"
#include "run_outputs.h"
#include "tandem/core/files.h"
#include "tandem/report/report.h"

namespace tandem::app {

namespace {

struct Options {
    std::string directory;
    std::string out;
    bool force = false;
};

Result<void> execute(const Options& options) {
    const std::string page = emit_html(TANDEM_TRY(load_run_document(RunPaths{options.directory})));
    if (options.out == "-") return print(page);
    TANDEM_TRY(write_file(options.out, page, options.force ? Existing::replace : Existing::refuse));
    return print("report:  " + options.out + "\n");
}

} // namespace

void add_report(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("DIR", options->directory, "run directory")->required();
    app.add_option("-o,--out", options->out, "file to write; - is standard output")->required();
    app.add_flag("--force", options->force, "replace the file if it exists");
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
