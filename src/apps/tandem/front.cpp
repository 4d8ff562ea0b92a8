// `tandem front`: the front of a finished run.

#include <limits>
#include <memory>

#include "command.h"
#include "run_outputs.h"
#include "tandem/report/front_table.h"

namespace tandem::app {

namespace {

struct Options {
    std::string directory;
    CommonOptions common;
};

Result<void> execute(const Options& options) {
    const Document front = TANDEM_TRY(load_front(RunPaths{options.directory}));
    if (options.common.json) return print_json(front);
    return print(format_front(front, std::numeric_limits<std::size_t>::max()) + "\n" + format_outcome(front));
}

} // namespace

void add_front(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("DIR", options->directory, "run directory")->required();
    add_json_option(app, options->common);
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
