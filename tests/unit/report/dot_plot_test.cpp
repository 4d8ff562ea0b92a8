#include "tandem/report/dot_plot.h"

#include <limits>

#include <gtest/gtest.h>

namespace tandem {
namespace {

const PlotAxis kX{.name = "x", .first = "0", .last = "1"};
const PlotAxis kY{.name = "y", .first = "0", .last = "1"};

TEST(DotPlot, PutsTheCornersIntoTheCornersOfTheirCells) {
    // Two cells: the left one holds its lower left dot (64), the right one its upper right (8).
    EXPECT_EQ(format_dot_plot({{0.0, 0.0, ""}, {1.0, 1.0, ""}}, kX, kY, 2, 1),
              "y\n1 \u2502\u2840\u2808\n  \u2514\u2500\u2500\n   0 x 1\n");
}

TEST(DotPlot, CoversDotsBySigns) {
    const std::string plot = format_dot_plot({{0.0, 0.0, ""}, {1.0, 0.0, ""}, {1.0, 0.0, "*"}}, kX, kY, 2, 1);
    EXPECT_NE(plot.find("*"), std::string::npos) << plot;
}

TEST(DotPlot, DrawsOnePointInTheMiddleAndNoneNotAtAll) {
    EXPECT_NE(format_dot_plot({{3.0, 3.0, "*"}}, kX, kY, 3, 3).find("\u2800*\u2800"), std::string::npos);
    EXPECT_EQ(format_dot_plot({}, kX, kY, 3, 3), "");
    EXPECT_EQ(format_dot_plot({{std::numeric_limits<double>::quiet_NaN(), 1.0, ""}}, kX, kY, 3, 3), "");
}

} // namespace
} // namespace tandem
