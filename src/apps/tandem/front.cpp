// `tandem front`: the front of a finished run.

#include <limits>
#include <memory>

#include "command.h"
#include "run_page.h"
#include "tandem/report/front_table.h"

namespace tandem::app {

namespace {

struct Options {
    std::string directory;
    bool csv = false;
    bool markdown = false;
    CommonOptions common;
};

Result<void> execute(const Options& options) {
    const Document front = TANDEM_TRY(load_front(RunPaths{options.directory}));
    if (options.common.json) return print_json(front);
    if (options.csv) return print(format_front_csv(front));
    if (options.markdown) return print(format_front_markdown(front));
    return print(format_front(front, std::numeric_limits<std::size_t>::max()) + "\n" +
                 format_front_plot(front) + "\n" + format_outcome(front));
}

} // namespace

void add_front(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("DIR", options->directory, "run directory")->required();
    add_json_option(app, options->common);
    app.add_flag("--csv", options->csv, "print comma-separated values, every number exact")
        ->excludes("--json");
    app.add_flag("--markdown", options->markdown, "print a table of Markdown")->excludes("--json", "--csv");
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
