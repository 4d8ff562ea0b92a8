// `tandem reproduce`: published figures beside ours.

#include <algorithm>
#include <cstdlib>
#include <memory>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "command.h"
#include "tandem/codesign/reproduction.h"
#include "tandem/report/report.h"
#include "tandem/report/text.h"

namespace tandem::app {

namespace {

struct Options {
    std::string name;
    std::string data_root;
    std::string out;
    std::uint64_t seed = 1;
    CommonOptions common;
};

Result<void> print_list(bool as_json) {
    std::vector<std::vector<std::string>> rows;
    Document::List list;
    for (const Reproduction& each : known_reproductions()) {
        rows.push_back({std::string(each.name), std::string(each.description), std::string(each.source)});
        list.push_back(
            Document::Map{{"name", each.name}, {"description", each.description}, {"source", each.source}});
    }
    if (as_json) return print_json(list);
    return print(format_table({{"name"}, {"what it compares"}, {"published in"}}, rows));
}

/// "with four images at a time: 347.7 M, 1.059", and the note; either may be missing.
std::string describe_note(const ReproducedFigure& figure) {
    if (!figure.explanation) return figure.note;
    return fmt::format("with {}: {}, {:.3f}{}{}", figure.explanation->assumption,
                       format_compact(figure.explanation->ours), figure.explained().ratio(),
                       figure.note.empty() ? "" : "; ", figure.note);
}

std::string to_table(const std::vector<ReproducedFigure>& figures) {
    std::vector<std::vector<std::string>> rows;
    rows.reserve(figures.size());
    for (const ReproducedFigure& figure : figures) {
        rows.push_back({figure.what, format_compact(figure.published), format_compact(figure.ours),
                        figure.unit, fmt::format("{:.3f}", figure.ratio()), figure.describe_bar(),
                        figure.passes() ? "yes" : "NO", describe_note(figure)});
    }
    return format_table({{"figure"},
                         {"published", Alignment::right},
                         {"ours", Alignment::right},
                         {"unit"},
                         {"ratio", Alignment::right},
                         {"bar"},
                         {"pass"},
                         {"note"}},
                        rows);
}

Result<void> execute(const Options& options) {
    if (options.name == "LIST" || options.name == "list") return print_list(options.common.json);
    const Reproduction* reproduction = find_reproduction(options.name);
    if (reproduction == nullptr) {
        std::vector<std::string> names{"list"};
        for (const Reproduction& each : known_reproductions()) names.emplace_back(each.name);
        return bad_input("NAME", "", with_suggestion(options.name, names),
                         fmt::format("one of: {}", fmt::join(names, ", ")));
    }
    const ReproductionContext context{.data_root = options.data_root,
                                      .seed = options.seed,
                                      .threads = options.common.threads,
                                      .folder = options.out.empty() ? "runs/" + options.name : options.out};
    const auto progress = make_progress(options.common.quiet ? Verbosity::quiet : Verbosity::normal);
    const std::vector<ReproducedFigure> figures = TANDEM_TRY(reproduction->reproduce(context, *progress));
    if (options.common.json) {
        TANDEM_TRY(print_json(to_document(*reproduction, figures)));
    } else {
        TANDEM_TRY(
            print(fmt::format("{}: {}\n\n{}", reproduction->name, reproduction->source, to_table(figures))));
    }
    const auto misses = std::count_if(figures.begin(), figures.end(),
                                      [](const ReproducedFigure& figure) { return !figure.passes(); });
    if (misses == 0) return {};
    return failed(std::string(reproduction->name), "",
                  fmt::format("{} of {} figures beyond their bar", misses, figures.size()),
                  "every figure within its bar");
}

} // namespace

void add_reproduce(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("NAME", options->name, "which; `list` lists them")->required();
    app.add_option("--data-root", options->data_root, "the folder of pretrained networks and data sets")
        ->envname("TANDEM_DATA");
    app.add_option("--out", options->out,
                   "where one that takes long keeps what it has; runs/NAME if left out");
    app.add_option("--seed", options->seed, "of everything random")->capture_default_str();
    add_json_option(app, options->common);
    add_work_options(app, options->common);
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
