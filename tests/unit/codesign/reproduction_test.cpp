#include "tandem/codesign/reproduction.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace tandem {
namespace {

ReproducedFigure figure(Bar bar, double published, double ours, double tolerance) {
    return {.what = "cycles",
            .unit = "",
            .published = published,
            .ours = ours,
            .bar = bar,
            .tolerance = tolerance,
            .note = ""};
}

TEST(ReproducedFigure, PassesUpToItsBarOnTheSideItNames) {
    EXPECT_TRUE(figure(Bar::within, 100.0, 108.0, 0.08).passes());
    EXPECT_FALSE(figure(Bar::within, 100.0, 108.1, 0.08).passes());
    EXPECT_FALSE(figure(Bar::within, 100.0, 91.9, 0.08).passes());
    EXPECT_TRUE(figure(Bar::at_least, 100.0, 500.0, 0.0).passes());
    EXPECT_FALSE(figure(Bar::at_least, 100.0, 99.9, 0.0).passes());
    EXPECT_TRUE(figure(Bar::at_least, 100.0, 99.9, 0.01).passes());
    EXPECT_TRUE(figure(Bar::at_most, 100.0, 1.0, 0.0).passes());
    EXPECT_FALSE(figure(Bar::at_most, 100.0, 100.1, 0.0).passes());
}

TEST(ReproducedFigure, WithoutToleranceMustBeEqual) {
    EXPECT_TRUE(figure(Bar::within, 135.0, 135.0, 0.0).passes());
    EXPECT_FALSE(figure(Bar::within, 135.0, 136.0, 0.0).passes());
}

TEST(ReproducedFigure, SaysItsBar) {
    EXPECT_EQ(figure(Bar::within, 1.0, 1.0, 0.08).describe_bar(), "within 8 %");
    EXPECT_EQ(figure(Bar::within, 1.0, 1.0, 0.0).describe_bar(), "equal");
    EXPECT_EQ(figure(Bar::at_least, 1.0, 1.0, 0.0).describe_bar(), "at least");
    EXPECT_EQ(figure(Bar::at_most, 1.0, 1.0, 0.05).describe_bar(), "at most 1.05 of it");
}

TEST(ReproducedFigure, IsJudgedUnderItsExplanationToo) {
    ReproducedFigure missed = figure(Bar::within, 100.0, 121.0, 0.15);
    missed.explanation = {.assumption = "four images at a time", .ours = 106.0};
    EXPECT_FALSE(missed.passes());
    EXPECT_TRUE(missed.explained().passes());
    EXPECT_EQ(missed.explained().ratio(), 1.06);
    EXPECT_FALSE(missed.explained().explanation.has_value());
    const Reproduction table{"table", "a table", "nobody 2020, table 1", nullptr};
    const std::string json = to_json(to_document(table, {missed}), JsonLayout::compact);
    EXPECT_NE(json.find(R"("explanation":{"assumption":"four images at a time","ours":106)"),
              std::string::npos)
        << json;
    EXPECT_NE(json.find(R"("pass":false)"), std::string::npos);
}

TEST(Reproductions, AreSortedAndNameTheirSource) {
    const std::vector<Reproduction>& all = known_reproductions();
    EXPECT_TRUE(std::is_sorted(all.begin(), all.end(),
                               [](const auto& left, const auto& right) { return left.name < right.name; }));
    for (const Reproduction& each : all) {
        EXPECT_FALSE(each.source.empty()) << each.name;
        EXPECT_EQ(find_reproduction(each.name), &each);
    }
    EXPECT_EQ(find_reproduction("no-such-table"), nullptr);
}

TEST(Reproduction, AsDocumentPassesOnlyIfEveryFigureDoes) {
    const Reproduction table{"table", "a table", "nobody 2020, table 1", nullptr};
    const auto pass = [&](double ours) {
        const std::vector<ReproducedFigure> figures{figure(Bar::within, 2.0, 2.0, 0.0),
                                                    figure(Bar::at_most, 4.0, ours, 0.0)};
        return to_json(to_document(table, figures), JsonLayout::compact);
    };
    EXPECT_NE(pass(3.0).find("\"pass\":true}"), std::string::npos) << pass(3.0);
    EXPECT_NE(pass(5.0).find("\"pass\":false}"), std::string::npos) << pass(5.0);
    EXPECT_NE(pass(3.0).find("\"ratio\":0.75"), std::string::npos) << pass(3.0);
}

} // namespace
} // namespace tandem
