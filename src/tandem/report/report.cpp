// The page, top to bottom. Everything that can be read is in the HTML; the script draws the charts and
// makes the tables sortable. Nothing in it depends on when or where it was made.
#include "tandem/report/report.h"

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/report/fine_tuning_tables.h"
#include "tandem/report/html.h"
#include "tandem/report/page_assets.h"
#include "tandem/report/page_frame.h"
#include "tandem/report/page_summary.h"
#include "tandem/report/page_tables.h"
#include "tandem/report/run_view.h"
#include "tandem/report/text.h"

namespace tandem {

namespace {

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
           emit_chart_section("design", "Inside a design",
                              "The widths that each layer was given, what it then costs on the machine, and "
                              "what the data say of it.") +
           emit_chart_section("network", "The network",
                              "The graph that is deployed, its layers coloured by a figure of the pinned "
                              "design.") +
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
    return html + emit_table(generations_table(view)) + "</section>\n" +
           emit_chart_section("designs", "Every design", "All that was evaluated, feasible or not.");
}

/// Data and script, where the script is built in.
std::string emit_script(std::string_view id, const Document& data) {
    const std::string script = page_script();
    if (script.empty()) return "";
    return fmt::format("<script type=\"application/json\" id=\"{}\">{}</script>\n<script>{}</script>\n", id,
                       script_safe_json(data), script);
}

std::string emit_page(const Document& run, std::string_view policy, std::string_view before) {
    const RunView view = view_run(run);
    std::string html = emit_page_head(policy, text_at(run, "title"));
    html += fmt::format("{}<main>\n", before);
    html += emit_header(view) + emit_result(view) + emit_fine_tuning(view) + emit_charts() +
            emit_figures(view) + emit_reproduction(view);
    html += fmt::format("</main>\n<footer>Tandem {}</footer>\n",
                        escape_html(printable_line(text_at(run, "tandem_version"))));
    return html + emit_script("run", run) + "</body>\n</html>\n";
}

} // namespace

bool has_interactive_page() { return !page_script().empty(); }

std::string emit_html(const Document& run) { return emit_page(run, "", ""); }

std::string emit_live_html(const Document& run) {
    // The one thing that this page may fetch is the run so far, from where the page itself came.
    return emit_page(run, "; connect-src 'self'",
                     "<aside id=\"live\" aria-label=\"Progress\"><progress id=\"progress\" max=\"1\" "
                     "value=\"0\" aria-labelledby=\"progress-text\"></progress>"
                     "<span id=\"progress-text\" role=\"status\"></span></aside>\n");
}

std::string emit_comparison_html(const Document::List& runs) {
    TANDEM_CHECK(!runs.empty(), "a comparison of runs");
    std::string html =
        emit_page_head("", "Comparison of runs") +
        "<main>\n<header id=\"head\">\n<p class=\"eyebrow\">Tandem co-design report</p>\n"
        "<h1>Comparison of runs</h1>\n</header>\n" +
        emit_chart_section("overlay", "The fronts",
                           "Each run's front over the others', in every plane of the objectives "
                           "that all of them have.") +
        "<section id=\"figures\" aria-labelledby=\"figures-head\">\n"
        "<h2 id=\"figures-head\">The figures</h2>\n" +
        emit_table(runs_table(runs));
    int place = 0;
    for (const Document& run : runs) {
        HtmlTable table = front_table(view_run(run));
        table.id = fmt::format("front-{}-table", ++place);
        table.caption = fmt::format("Front of run {}, {}", place, text_at(run, "title"));
        html += emit_table(table);
    }
    return html +
           fmt::format("</section>\n</main>\n<footer>Tandem {}</footer>\n",
                       escape_html(printable_line(text_at(runs.front(), "tandem_version")))) +
           emit_script("comparison-data", Document(runs)) + "</body>\n</html>\n";
}

} // namespace tandem
