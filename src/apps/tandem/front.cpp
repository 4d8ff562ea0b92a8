// `tandem front`: the front of a finished run.

#include <limits>
#include <memory>

#include <fmt/format.h>

#include "command.h"
#include "run_page.h"
#include "tandem/codesign/front_view.h"
#include "tandem/report/front_table.h"

namespace tandem::app {

namespace {

struct Options {
    std::string directory;
    bool csv = false;
    bool markdown = false;
    double epsilon = 0.0; ///< 0: the whole front
    CommonOptions common;
};

Result<void> execute(const Options& options) {
    const Document whole = TANDEM_TRY(load_front(RunPaths{options.directory}));
    const Document front = options.epsilon > 0.0 ? sample_front(whole, options.epsilon) : whole;
    if (options.common.json) {
        Document document = front;
        std::get<Document::Map>(document.value).emplace_back("knee", find_knee(whole));
        return print_json(document);
    }
    if (options.csv) return print(format_front_csv(front));
    if (options.markdown) return print(format_front_markdown(front));
    return print(format_front(front, std::numeric_limits<std::size_t>::max()) + "\n" +
                 format_front_plot(front) + "\n" + format_outcome(front) +
                 fmt::format("knee of the front: design {}\n", find_knee(whole)));
}

} // namespace

void add_front(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("DIR", options->directory, "run directory")->required();
    add_json_option(app, options->common);
    app.add_flag("--csv", options->csv, "print comma-separated values, every number exact")
        ->excludes("--json");
    app.add_flag("--markdown", options->markdown, "print a table of Markdown")->excludes("--json", "--csv");
    app.add_option(
           "--epsilon", options->epsilon,
           "only a sample: one design at most of each box, this share of every objective's range wide")
        ->check(CLI::Range(1e-6, 1.0));
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
