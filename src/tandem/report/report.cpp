// The page, top to bottom. Everything that can be read is in the HTML; the script draws the charts and
// makes the tables sortable. Nothing in it depends on when or where it was made.
#include "tandem/report/report.h"

#include <fmt/format.h>

#include "tandem/report/html.h"
#include "tandem/report/page_assets.h"
#include "tandem/report/page_summary.h"
#include "tandem/report/page_tables.h"
#include "tandem/report/run_view.h"
#include "tandem/report/text.h"

namespace tandem {

namespace {

/// The page may load nothing: what it shows is inside it.
constexpr std::string_view kContentPolicy =
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data: blob:";

/// A section with a place for charts, which the script fills and shows.
std::string emit_section(std::string_view id, std::string_view head, std::string_view introduction,
                         const std::string& tables) {
    return fmt::format("<section id=\"{0}\" aria-labelledby=\"{0}-head\">\n<h2 id=\"{0}-head\">{1}</h2>\n"
                       "<p class=\"introduction\">{2}</p>\n<div class=\"charts\" id=\"{0}-charts\" "
                       "hidden></div>\n{3}</section>\n",
                       id, head, introduction, tables);
}

std::string emit_trade_off(const RunView& view) {
    return emit_section("trade-off", "The trade-off",
                        "A design is on the front when no other is at least as good in every objective and "
                        "better in one.",
                        emit_table(front_table(view)) + emit_table(comparison_table(view)));
}

std::string emit_design(const RunView& view) {
    const Document* chosen = find_details(view, view.chosen);
    if (chosen == nullptr) return "";
    return emit_section("design", fmt::format("Inside design {}", *view.chosen),
                        "The widths each layer was given, and what it then costs on the machine.",
                        emit_table(layers_table(view, *chosen)));
}

std::string emit_search(const RunView& view) {
    return emit_section("search", "The search",
                        "Hypervolume is the part of the objective space that the front dominates; it levels "
                        "off when the search stops finding better trades.",
                        emit_table(generations_table(view)));
}

} // namespace

bool has_interactive_page() { return !page_script().empty(); }

std::string emit_html(const Document& run) {
    const RunView view = view_run(run);
    std::string html = fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
        "<meta name=\"color-scheme\" content=\"light dark\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n<title>{} &middot; Tandem</title>\n"
        "<style>\n{}</style>\n</head>\n<body>\n<main>\n",
        kContentPolicy, escape_html(printable_line(text_at(run, "title"))), page_style());
    html += emit_header(view) + emit_result(view) + emit_trade_off(view) + emit_design(view) +
            emit_search(view) + emit_reproduction(view);
    html += fmt::format("<footer>Tandem {}</footer>\n</main>\n",
                        escape_html(printable_line(text_at(run, "tandem_version"))));
    const std::string script = page_script();
    if (!script.empty()) {
        html += fmt::format("<script type=\"application/json\" id=\"run\">{}</script>\n<script>{}</script>\n",
                            script_safe_json(run), script);
    }
    return html + "</body>\n</html>\n";
}

} // namespace tandem
