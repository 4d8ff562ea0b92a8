#include "tandem/report/methods_page.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "tandem/report/band_chart.h"
#include "tandem/report/html.h"
#include "tandem/report/page_frame.h"
#include "tandem/report/text.h"

namespace tandem {

namespace {

const Document::List& list_at(const Document& document, std::string_view key) {
    return *document.find(key)->get_if<Document::List>();
}
std::string text_at(const Document& document, std::string_view key) {
    return *document.find(key)->get_if<std::string>();
}
double number_at(const Document& document, std::string_view key) {
    const Document& value = *document.find(key);
    if (const auto* count = value.get_if<std::int64_t>()) return static_cast<double>(*count);
    return *value.get_if<double>();
}

HtmlRow cells(const Document& document, std::initializer_list<std::string_view> keys) {
    HtmlRow row;
    for (const std::string_view key : keys) row.push_back(*document.find(key));
    return row;
}

HtmlTable methods_table(const Document& comparison) {
    HtmlTable table{.id = "methods-table",
                    .caption = "Hypervolume at the end, a share of the box of the reference point; p and A "
                               "against the first method",
                    .columns = {{"method", "", CellKind::text},
                                {"seeds", "", CellKind::identifier},
                                {"evaluations", "", CellKind::number},
                                {"median", "", CellKind::number},
                                {"lower quartile", "", CellKind::number},
                                {"upper quartile", "", CellKind::number},
                                {"p", "", CellKind::number},
                                {"A", "", CellKind::number}}};
    for (const Document& method : list_at(comparison, "algorithms")) {
        table.rows.push_back(cells(method, {"algorithm", "seeds", "evaluations", "hypervolume_median",
                                            "hypervolume_lower_quartile", "hypervolume_upper_quartile",
                                            "p_value", "superiority"}));
    }
    return table;
}

HtmlTable runs_table(const Document& comparison) {
    HtmlTable table{.id = "runs-table",
                    .caption = "Every run",
                    .columns = {{"method", "", CellKind::text},
                                {"seed", "", CellKind::identifier},
                                {"hypervolume", "", CellKind::number},
                                {"designs on the front", "", CellKind::number},
                                {"evaluations", "", CellKind::number},
                                {"time", "s", CellKind::number}}};
    for (const Document& run : list_at(comparison, "runs")) {
        table.rows.push_back(
            cells(run, {"algorithm", "seed", "hypervolume", "front", "evaluations", "seconds"}));
    }
    return table;
}

} // namespace

std::string emit_methods_chart(const Document& comparison, CurvePart part) {
    constexpr double kTopShare = 0.95;
    double best = 0.0;
    for (const Document& method : list_at(comparison, "algorithms")) {
        best = std::max(best, number_at(method, "hypervolume_median"));
    }
    const double least = part == CurvePart::top ? kTopShare * best : 0.0;
    std::vector<BandSeries> series;
    std::string description = "Median hypervolume at the end:";
    for (const Document& method : list_at(comparison, "algorithms")) {
        BandSeries& added = series.emplace_back();
        added.name = text_at(method, "algorithm");
        for (const Document& point : list_at(method, "hypervolume_curve")) {
            const double median = number_at(point, "median");
            if (median < least) continue; // it only grows, so what is left has no gap
            added.points.push_back({.x = number_at(point, "evaluations"),
                                    .median = median,
                                    .lower = std::max(least, number_at(point, "lower_quartile")),
                                    .upper = number_at(point, "upper_quartile")});
        }
        description +=
            fmt::format(" {} {},", added.name, format_fixed(number_at(method, "hypervolume_median"), 4));
    }
    description.back() = '.';
    return emit_band_chart(series, "Evaluations", "Hypervolume, share of one", description);
}

std::string emit_methods_html(const Document& comparison, const std::string& title) {
    const auto section = [](std::string_view id, std::string_view head, const std::string& content) {
        return fmt::format(
            "<section id=\"{0}\" aria-labelledby=\"{0}-head\">\n<h2 id=\"{0}-head\">{1}</h2>\n{2}"
            "</section>\n",
            id, head, content);
    };
    return emit_page_head("", title) +
           fmt::format("<main>\n<header id=\"head\">\n<p class=\"eyebrow\">Tandem co-design report</p>\n"
                       "<h1>{}</h1>\n</header>\n",
                       escape_html(printable_line(title))) +
           section("curves", "Hypervolume over evaluations",
                   "<p class=\"introduction\">The line is the median over seeds, the band the quartiles. A "
                   "method that ended by itself keeps what it had.</p>\n" +
                       emit_methods_chart(comparison, CurvePart::whole) +
                       "<p class=\"introduction\">The same within a twentieth of the best.</p>\n" +
                       emit_methods_chart(comparison, CurvePart::top)) +
           section("figures", "The figures",
                   emit_table(methods_table(comparison)) + emit_table(runs_table(comparison))) +
           "</main>\n</body>\n</html>\n";
}

} // namespace tandem
