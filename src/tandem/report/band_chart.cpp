#include "tandem/report/band_chart.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include <fmt/format.h>

#include "tandem/report/html.h"
#include "tandem/report/text.h"

namespace tandem {

namespace {

constexpr double kWidth = 760.0;
constexpr double kLeft = 64.0;
constexpr double kRight = 16.0;
constexpr double kTop = 12.0;
constexpr double kPlotHeight = 320.0;
constexpr double kLegendRow = 20.0;
constexpr std::size_t kLegendColumns = 4;

/// The hues of Okabe and Ito, as the page has them, and dashes for those who cannot tell them apart.
struct Look {
    std::string_view light;
    std::string_view dark;
    std::string_view dashes;
};
constexpr std::array<Look, 7> kLooks{{{"#0072b2", "#56b4e9", ""},
                                      {"#d55e00", "#ff7f2a", "8 3"},
                                      {"#009e73", "#3fc79b", "2 3"},
                                      {"#cc79a7", "#dd97be", "10 3 2 3"},
                                      {"#e69f00", "#f0b93a", "5 3"},
                                      {"#56b4e9", "#8fd0f5", "1 2"},
                                      {"#5a636e", "#a3adb8", "12 4"}}};

/// 1, 2 or 5 times a power of ten: about five steps over the span.
double tick_step(double span) {
    constexpr double kSteps = 5.0;
    const double power = std::pow(10.0, std::floor(std::log10(span / kSteps)));
    for (const double factor : {1.0, 2.0, 5.0}) {
        if (span / (factor * power) <= kSteps) return factor * power;
    }
    return 10.0 * power;
}

struct Axis {
    double first = 0.0;
    double last = 1.0;
    double step = 0.2;

    Axis(double least, double most) {
        if (!(least < most)) most = least + 1.0; // one value, or none
        step = tick_step(most - least);
        first = std::floor(least / step) * step;
        last = std::ceil(most / step) * step;
    }
    std::int64_t ticks() const { return std::llround((last - first) / step); }
    double at(std::int64_t tick) const { return first + static_cast<double>(tick) * step; }
    double share(double value) const { return (value - first) / (last - first); }
    std::string label(double value) const {
        const int digits = std::max(0, static_cast<int>(std::ceil(-std::log10(step) - 1e-9)));
        return format_fixed(value, digits);
    }
};

struct Plot {
    Axis x;
    Axis y;

    double left(double value) const { return kLeft + x.share(value) * (kWidth - kLeft - kRight); }
    double top(double value) const { return kTop + (1.0 - y.share(value)) * kPlotHeight; }
    std::string place(double horizontal, double vertical) const {
        return fmt::format("{:.1f},{:.1f}", left(horizontal), top(vertical));
    }
};

Plot plot_of(const std::vector<BandSeries>& series) {
    double least = std::numeric_limits<double>::infinity();
    double most = -least;
    double longest = 0.0;
    for (const BandSeries& each : series) {
        for (const BandPoint& point : each.points) {
            least = std::min(least, point.lower);
            most = std::max(most, point.upper);
            longest = std::max(longest, point.x);
        }
    }
    if (least > most) least = most = 0.0; // no point at all
    return {Axis(0.0, longest), Axis(least, most)};
}

std::string emit_style(std::size_t series) {
    std::string light;
    std::string dark;
    for (std::size_t i = 0; i < std::min(series, kLooks.size()); ++i) {
        light += fmt::format(".s{0}{{stroke:{1};fill:{1}}}", i, kLooks[i].light);
        dark += fmt::format(".s{0}{{stroke:{1};fill:{1}}}", i, kLooks[i].dark);
    }
    return fmt::format(
        "<style>.band-chart text{{font:12px sans-serif;fill:#16191d}}.band-chart .grid{{stroke:"
        "#dfe3e7}}.band-chart .line{{fill:none;stroke-width:2}}.band-chart .spread{{stroke:"
        "none;fill-opacity:.15}}{}@media screen and (prefers-color-scheme:dark){{.band-chart "
        "text{{fill:#e9ecef}}.band-chart .grid{{stroke:#2f363d}}{}}}</style>\n",
        light, dark);
}

std::string emit_axes(const Plot& plot, const std::string& x_label, const std::string& y_label) {
    const double bottom = kTop + kPlotHeight;
    std::string svg;
    for (std::int64_t tick = 0; tick <= plot.y.ticks(); ++tick) {
        const double value = plot.y.at(tick);
        svg += fmt::format(
            "<line class=\"grid\" x1=\"{0:.1f}\" x2=\"{1:.1f}\" y1=\"{2:.1f}\" y2=\"{2:.1f}\"/>"
            "<text x=\"{3:.1f}\" y=\"{4:.1f}\" text-anchor=\"end\">{5}</text>\n",
            kLeft, kWidth - kRight, plot.top(value), kLeft - 6.0, plot.top(value) + 4.0, plot.y.label(value));
    }
    for (std::int64_t tick = 0; tick <= plot.x.ticks(); ++tick) {
        const double value = plot.x.at(tick);
        svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
                           plot.left(value), bottom + 16.0, plot.x.label(value));
    }
    svg += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
                       (kLeft + kWidth - kRight) / 2.0, bottom + 34.0, escape_html(printable_line(x_label)));
    svg +=
        fmt::format("<text transform=\"translate(14,{:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
                    kTop + kPlotHeight / 2.0, escape_html(printable_line(y_label)));
    return svg;
}

std::string emit_series(const Plot& plot, const BandSeries& series, std::size_t look) {
    if (series.points.empty()) return "";
    std::string line;
    std::string spread;
    for (const BandPoint& point : series.points) {
        line += (line.empty() ? "M" : "L") + plot.place(point.x, point.median);
        spread += (spread.empty() ? "M" : "L") + plot.place(point.x, point.upper);
    }
    for (auto point = series.points.rbegin(); point != series.points.rend(); ++point) {
        spread += "L" + plot.place(point->x, point->lower);
    }
    return fmt::format(
        "<path class=\"spread s{0}\" d=\"{1}Z\"/><path class=\"s{0} line\" style=\"fill:none\" "
        "stroke-dasharray=\"{2}\" d=\"{3}\"/>\n",
        look, spread, kLooks[look].dashes.empty() ? "none" : kLooks[look].dashes, line);
}

std::string emit_legend(const std::vector<BandSeries>& series) {
    constexpr double kCell = (kWidth - kLeft) / static_cast<double>(kLegendColumns);
    std::string svg;
    for (std::size_t i = 0; i < series.size(); ++i) {
        const std::size_t look = i % kLooks.size();
        const double left = kLeft + static_cast<double>(i % kLegendColumns) * kCell;
        const std::size_t row = i / kLegendColumns;
        const double top = kTop + kPlotHeight + 58.0 + static_cast<double>(row) * kLegendRow;
        svg +=
            fmt::format("<line class=\"s{0} line\" stroke-dasharray=\"{1}\" x1=\"{2:.1f}\" x2=\"{3:.1f}\" "
                        "y1=\"{4:.1f}\" y2=\"{4:.1f}\"/><text x=\"{5:.1f}\" y=\"{6:.1f}\">{7}</text>\n",
                        look, kLooks[look].dashes.empty() ? "none" : kLooks[look].dashes, left, left + 26.0,
                        top, left + 32.0, top + 4.0, escape_html(printable_line(series[i].name)));
    }
    return svg;
}

} // namespace

std::string emit_band_chart(const std::vector<BandSeries>& series, const std::string& x_label,
                            const std::string& y_label, const std::string& description) {
    const std::size_t rows = (series.size() + kLegendColumns - 1) / kLegendColumns;
    const double height = kTop + kPlotHeight + 50.0 + static_cast<double>(rows) * kLegendRow;
    const Plot plot = plot_of(series);
    std::string svg =
        fmt::format("<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"band-chart\" role=\"img\" "
                    "viewBox=\"0 0 {:.0f} {:.0f}\" width=\"100%\" aria-label=\"{}\">\n",
                    kWidth, height, escape_html(printable_line(description)));
    svg += emit_style(series.size()) + emit_axes(plot, x_label, y_label);
    for (std::size_t i = 0; i < series.size(); ++i) svg += emit_series(plot, series[i], i % kLooks.size());
    return svg + emit_legend(series) + "</svg>\n";
}

} // namespace tandem
