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

/// A section of charts: the script fills it and shows it.
std::string emit_chart_section(std::string_view id, std::string_view head, std::string_view introduction) {
    return fmt::format(
        "<section id=\"{0}\" aria-labelledby=\"{0}-head\" hidden>\n<h2 id=\"{0}-head\">{1}</h2>\n"
        "<p class=\"introduction\">{2}</p>\n<div class=\"charts\"></div>\n</section>\n",
        id, head, introduction);
}

std::string emit_charts() {
    return emit_chart_section("trade-off", "The trade-off",
                              "A design is on the front when no other is at least as good in every objective "
                              "and better in one. The line is the edge of what the front dominates in each "
                              "plane.") +
           emit_chart_section(
               "design", "Inside a design",
               "The widths that each layer was given, and what it then costs on the machine.") +
           emit_chart_section("search", "The search",
                              "Hypervolume is the part of the objective space that the front dominates; it "
                              "levels off when the search stops finding better trades.");
}

/// Every figure of the charts, for readers without script, for print and for download.
std::string emit_figures(const RunView& view) {
    std::string html = "<section id=\"figures\" aria-labelledby=\"figures-head\">\n"
                       "<h2 id=\"figures-head\">The figures</h2>\n" +
                       emit_table(front_table(view)) + emit_table(comparison_table(view));
    if (const Document* chosen = find_details(view, view.chosen)) {
        html += emit_table(layers_table(view, *chosen));
    }
    return html + emit_table(generations_table(view)) + "</section>\n";
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
    html +=
        emit_header(view) + emit_result(view) + emit_charts() + emit_figures(view) + emit_reproduction(view);
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
