#include "tandem/report/methods_page.h"

#include <gtest/gtest.h>

#include "tandem/report/band_chart.h"

namespace tandem {
namespace {

Document method(const char* name, double first, double last) {
    const auto point = [](std::int64_t evaluations, double median) {
        return Document::Map{{"evaluations", evaluations},
                             {"median", median},
                             {"lower_quartile", median - 0.01},
                             {"upper_quartile", median + 0.01}};
    };
    return Document::Map{{"algorithm", name},
                         {"seeds", 5},
                         {"evaluations", 100},
                         {"hypervolume_median", last},
                         {"hypervolume_lower_quartile", last - 0.01},
                         {"hypervolume_upper_quartile", last + 0.01},
                         {"p_value", Document()},
                         {"superiority", Document()},
                         {"hypervolume_curve", Document::List{point(50, first), point(100, last)}}};
}

Document comparison() {
    return Document::Map{{"runs", Document::List{Document::Map{{"algorithm", "nsga2"},
                                                               {"seed", 1},
                                                               {"hypervolume", 0.8},
                                                               {"front", 7},
                                                               {"evaluations", 100},
                                                               {"seconds", 1.5}}}},
                         {"algorithms", Document::List{method("nsga2", 0.5, 0.8), method("a<b", 0.6, 0.79),
                                                       method("poor", 0.1, 0.2)}}};
}

std::size_t count(const std::string& text, const std::string& part) {
    std::size_t found = 0;
    for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
    return found;
}

TEST(BandChart, DrawsALineABandAndALegendEntryASeries) {
    const std::string svg = emit_band_chart(
        {{"one", {{1.0, 0.5, 0.4, 0.6}, {2.0, 0.7, 0.7, 0.8}}}, {"two & more", {{2.0, 0.2, 0.1, 0.3}}}},
        "Evaluations", "Hypervolume", "what it says");
    EXPECT_EQ(count(svg, "class=\"spread"), 2U);
    EXPECT_NE(svg.find("two &amp; more"), std::string::npos);
    EXPECT_NE(svg.find("aria-label=\"what it says\""), std::string::npos);
    EXPECT_EQ(svg, emit_band_chart({{"one", {{1.0, 0.5, 0.4, 0.6}, {2.0, 0.7, 0.7, 0.8}}},
                                    {"two & more", {{2.0, 0.2, 0.1, 0.3}}}},
                                   "Evaluations", "Hypervolume", "what it says"));
}

TEST(BandChart, PutsTheLargestMedianAtTheTop) {
    // x runs over [0, 2] from 64 to 744, y over [0, 1] from 332 up to 12.
    const std::string svg =
        emit_band_chart({{"one", {{1.0, 0.0, 0.0, 0.0}, {2.0, 1.0, 1.0, 1.0}}}}, "x", "y", "");
    EXPECT_NE(svg.find("d=\"M404.0,332.0L744.0,12.0\""), std::string::npos) << svg;
}

TEST(BandChart, NeedsNoPoint) {
    EXPECT_EQ(count(emit_band_chart({}, "x", "y", ""), "<path"), 0U);
    EXPECT_EQ(count(emit_band_chart({{"none", {}}, {"one", {{1.0, 0.5, 0.5, 0.5}}}}, "x", "y", ""), "nan"),
              0U);
}

TEST(MethodsPage, ShowsEveryMethodAndRun) {
    const std::string html = emit_methods_html(comparison(), "Methods <1>");
    EXPECT_NE(html.find("<h1>Methods &lt;1&gt;</h1>"), std::string::npos);
    EXPECT_NE(html.find("a&lt;b"), std::string::npos);
    EXPECT_EQ(html.find("a<b"), std::string::npos);
    EXPECT_EQ(count(html, "<svg"), 2U);
    EXPECT_NE(html.find("id=\"runs-table\""), std::string::npos);
    EXPECT_EQ(count(html, "<script"), 0U);
}

TEST(MethodsPage, LeavesWhatIsFarFromTheBestOutOfTheTop) {
    const std::string whole = emit_methods_chart(comparison(), CurvePart::whole);
    const std::string top = emit_methods_chart(comparison(), CurvePart::top);
    EXPECT_EQ(count(whole, "class=\"spread"), 3U);
    EXPECT_EQ(count(top, "class=\"spread"), 2U);
    EXPECT_NE(top.find(">poor</text>"), std::string::npos) << "the legend says that it is not there";
}

} // namespace
} // namespace tandem
