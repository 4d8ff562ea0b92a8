#include "tandem/report/dot_plot.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/report/text.h"

namespace tandem {

namespace {

/// Dots of a cell: two across, four down.
constexpr std::size_t kAcross = 2;
constexpr std::size_t kDown = 4;
/// The bit of each dot in U+2800 and on, by row and column (Unicode 15, Braille Patterns).
constexpr std::array<std::array<unsigned, kAcross>, kDown> kBits{
    {{0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}}};

std::string braille(unsigned bits) {
    // U+2800 + bits in UTF-8: the bits fill the last two bytes.
    return {static_cast<char>(0xE2), static_cast<char>(0xA0 | (bits >> 6U)),
            static_cast<char>(0x80 | (bits & 0x3FU))};
}

struct Span {
    double least = 0.0;
    double most = 0.0;

    /// Which of `count` equal parts holds the value.
    std::size_t place(double value, std::size_t count) const {
        if (most <= least) return count / 2;
        const double share = (value - least) / (most - least);
        return std::min(count - 1, static_cast<std::size_t>(share * static_cast<double>(count)));
    }
};

template <class Read> Span span_of(const std::vector<PlotPoint>& points, Read read) {
    const auto [least, most] =
        std::minmax_element(points.begin(), points.end(), [&](const PlotPoint& left, const PlotPoint& right) {
            return read(left) < read(right);
        });
    return {read(*least), read(*most)};
}

} // namespace

std::string format_dot_plot(const std::vector<PlotPoint>& points, const PlotAxis& x, const PlotAxis& y,
                            std::size_t columns, std::size_t rows) {
    TANDEM_CHECK(columns > 0 && rows > 0, "a plot has room");
    std::vector<PlotPoint> shown;
    std::copy_if(points.begin(), points.end(), std::back_inserter(shown),
                 [](const PlotPoint& point) { return std::isfinite(point.x) && std::isfinite(point.y); });
    if (shown.empty()) return "";
    const Span across = span_of(shown, [](const PlotPoint& point) { return point.x; });
    const Span up = span_of(shown, [](const PlotPoint& point) { return point.y; });
    std::vector<unsigned> dots(columns * rows);
    std::vector<std::string> signs(columns * rows);
    for (const PlotPoint& point : shown) {
        const std::size_t column = across.place(point.x, columns * kAcross);
        const std::size_t row = rows * kDown - 1 - up.place(point.y, rows * kDown);
        const std::size_t cell = row / kDown * columns + column / kAcross;
        dots[cell] |= kBits[row % kDown][column % kAcross];
        if (!point.sign.empty()) signs[cell] = point.sign;
    }

    const std::string last = printable_line(y.last);
    const std::string first = printable_line(y.first);
    const std::size_t margin = std::max(display_width(last), display_width(first));
    const auto indented = [&](const std::string& text) {
        return std::string(margin - display_width(text), ' ') + text;
    };
    std::string text = printable_line(y.name) + "\n";
    for (std::size_t row = 0; row < rows; ++row) {
        const std::string label = row == 0 ? last : row + 1 == rows ? first : "";
        text += indented(label) + " \u2502";
        for (std::size_t column = 0; column < columns; ++column) {
            const std::size_t cell = row * columns + column;
            text += signs[cell].empty() ? braille(dots[cell]) : signs[cell];
        }
        text += '\n';
    }
    text += std::string(margin, ' ') + " \u2514";
    for (std::size_t column = 0; column < columns; ++column) text += "\u2500";
    const std::string left = printable_line(x.first);
    const std::string right = printable_line(x.last);
    const std::string name = printable_line(x.name);
    const std::size_t taken = display_width(left) + display_width(name) + display_width(right);
    const std::size_t free = columns > taken ? columns - taken : 2;
    text += "\n" + std::string(margin + 2, ' ') + left +
            std::string(std::max<std::size_t>(1, free / 2), ' ') + name +
            std::string(std::max<std::size_t>(1, free - free / 2), ' ') + right + "\n";
    return text;
}

} // namespace tandem
