// A small plot for a terminal, of the dots of Braille characters: eight to a character cell.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace tandem {

struct PlotPoint {
    double x = 0.0;
    double y = 0.0;
    std::string sign; ///< shown in place of dots, one cell wide; empty: a dot
};

struct PlotAxis {
    std::string name;  ///< with its unit
    std::string first; ///< the least value as text
    std::string last;  ///< the largest
};

/// `columns` by `rows` characters between the least and the largest x and y of the points, larger values
/// right and up, with a frame and its ends named. Points that are no numbers are left out; without any the
/// plot is empty text. Later signs cover earlier ones.
std::string format_dot_plot(const std::vector<PlotPoint>& points, const PlotAxis& x, const PlotAxis& y,
                            std::size_t columns, std::size_t rows);

} // namespace tandem
