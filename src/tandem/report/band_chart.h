// Curves with a band of spread around each, as a drawing that needs no script: in the page, printed, or in a
// document of its own.
#pragma once

#include <string>
#include <vector>

namespace tandem {

struct BandPoint {
    double x = 0.0;
    double median = 0.0;
    double lower = 0.0;
    double upper = 0.0;

    bool operator==(const BandPoint&) const = default;
};

struct BandSeries {
    std::string name;
    std::vector<BandPoint> points; ///< by rising x
};

/// SVG of its own style, light or dark as the reader has it: a line through the medians, a band from lower to
/// upper, a legend below. Each series has its hue and dashes. The vertical axis spans the data. Same input,
/// same bytes. `description` is what a reader who cannot see it is told. Without a point only the frame.
std::string emit_band_chart(const std::vector<BandSeries>& series, const std::string& x_label,
                            const std::string& y_label, const std::string& description);

} // namespace tandem
