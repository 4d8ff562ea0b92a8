#include <algorithm>
#include <cctype>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "synthetic_run.h"
#include "tandem/core/check.h"
#include "tandem/report/report.h"

namespace tandem {
namespace {

/// The page up to its scripts: what a reader without them has.
std::string readable_part(const std::string& page) { return page.substr(0, page.find("<script")); }

/// The page without style and script, whose text is no markup.
std::string markup_of(const std::string& page) {
    std::string markup = readable_part(page);
    const std::size_t style = markup.find("<style>") + 7;
    return markup.erase(style, markup.find("</style>") - style);
}

/// The first tag that is closed by another's name or never, or empty when all are well nested.
std::string misnested_tag(const std::string& markup) {
    const std::set<std::string> void_elements{"meta", "br", "!doctype"};
    std::vector<std::string> open;
    for (std::size_t at = markup.find('<'); at != std::string::npos; at = markup.find('<', at + 1)) {
        const bool is_end = markup[at + 1] == '/';
        std::string name;
        for (std::size_t i = at + (is_end ? 2 : 1); std::isspace(markup[i]) == 0 && markup[i] != '>'; ++i) {
            name += static_cast<char>(std::tolower(markup[i]));
        }
        if (void_elements.contains(name)) continue;
        if (!is_end) {
            open.push_back(name);
        } else if (open.empty() || open.back() != name) {
            return fmt::format("</{}> at byte {}", name, at);
        } else {
            open.pop_back();
        }
    }
    open.erase(std::remove(open.begin(), open.end(), "body"), open.end());
    open.erase(std::remove(open.begin(), open.end(), "html"), open.end());
    return open.empty() ? "" : "<" + open.back() + "> stays open";
}

bool holds(const std::string& page, const std::string& text) { return page.find(text) != std::string::npos; }

TEST(EmitHtml, NestsItsTags) {
    EXPECT_EQ(misnested_tag(markup_of(emit_html(synthetic_run(200)))), "");
    EXPECT_EQ(misnested_tag("<p><b></p>"), "</p> at byte 6") << "the check itself finds nothing";
}

TEST(EmitHtml, GivesTheSameBytesTwice) {
    EXPECT_EQ(emit_html(synthetic_run(200)), emit_html(synthetic_run(200)));
}

TEST(EmitHtml, ShowsEveryFrontDesignAndEveryLayerInPlainTables) {
    const Document run = synthetic_run(200);
    const std::string page = readable_part(emit_html(run));
    for (const Document& id : *run.find("front")->get_if<Document::List>()) {
        const std::string cell =
            fmt::format("<td class=\"number\" data-value=\"{0}\">{0}</td>", *id.get_if<std::int64_t>());
        EXPECT_TRUE(holds(page, cell)) << "front design " << cell;
    }
    for (const Document& details : *run.find("details")->get_if<Document::List>()) {
        const double accuracy = *details.find("accuracy")->get_if<double>();
        const double energy = *details.find("energy")->get_if<double>();
        EXPECT_TRUE(holds(page, fmt::format("data-value=\"{:.12g}\"", accuracy * 100.0))) << accuracy;
        EXPECT_TRUE(holds(page, fmt::format("data-value=\"{}\"", energy))) << energy;
        if (!(*details.find("id") == *run.find("chosen"))) continue;
        for (const Document& layer : *details.find("layers")->get_if<Document::List>()) {
            EXPECT_TRUE(holds(page, "<td>" + *layer.find("name")->get_if<std::string>() + "</td>"));
            for (const char* level : {"compute", "dram", "buffer", "array", "registers"}) {
                const double spent = *layer.find("energy")->find(level)->get_if<double>();
                EXPECT_TRUE(holds(page, fmt::format("data-value=\"{}\"", spent))) << level;
            }
        }
    }
    for (const Document& generation : *run.find("generations")->get_if<Document::List>()) {
        const double hypervolume = *generation.find("hypervolume")->get_if<double>();
        EXPECT_TRUE(holds(page, fmt::format("data-value=\"{}\"", hypervolume)));
    }
}

TEST(EmitHtml, SaysHowToHaveTheRunAgain) {
    const std::string page = readable_part(emit_html(synthetic_run(200)));
    EXPECT_TRUE(holds(page, "tandem run examples/fashion-resnet8.yaml --seed 1"));
    EXPECT_TRUE(holds(page, "search: {algorithm: nsga2"));
    EXPECT_TRUE(holds(page, "buffer: {size_bytes: 262144}"));
    EXPECT_TRUE(holds(page, "Tandem 0.1.0, seed 1"));
}

TEST(EmitHtml, SaysWhetherTheGeneratedCodeIsEqual) {
    Document run = synthetic_run(200);
    EXPECT_TRUE(holds(emit_html(run), "agree bit for bit on all 10,000 test samples"));
    member(member(run, "proof"), "differing_samples") = Document(3);
    EXPECT_TRUE(holds(emit_html(run), "differs from the engine on 3 of 10,000 test samples"));
    remove_member(run, "proof");
    EXPECT_FALSE(holds(emit_html(run), "class=\"proof"));
}

TEST(EmitHtml, ShowsHostileNamesAsText) {
    const std::string page = emit_html(hostile_run(200));
    EXPECT_FALSE(holds(page, "<img"));
    EXPECT_TRUE(holds(page, "&lt;/script&gt;&lt;img src=x"));
    EXPECT_EQ(misnested_tag(markup_of(page)), "");
}

TEST(EmitHtml, LoadsNothingFromOutside) {
    const std::string page = emit_html(synthetic_run(200));
    EXPECT_TRUE(holds(page, "default-src 'none'"));
    for (const char* load : {"src=\"http", "href=\"http", "url(http", "@import", "<link", "<iframe"}) {
        EXPECT_FALSE(holds(page, load)) << load;
    }
    EXPECT_FALSE(holds(readable_part(page), "://"));
}

TEST(EmitHtml, CarriesTheScriptAndItsDataOnlyWhenBuiltIn) {
    const std::string page = emit_html(synthetic_run(200));
    EXPECT_EQ(holds(page, "<script type=\"application/json\" id=\"run\">"), has_interactive_page());
    std::size_t scripts = 0;
    for (std::size_t at = page.find("</script"); at != std::string::npos;
         at = page.find("</script", at + 1)) {
        ++scripts;
    }
    EXPECT_EQ(scripts, has_interactive_page() ? 2U : 0U) << "an embedded text ends its element early";
    EXPECT_FALSE(holds(page, "<!--")) << "a script that holds this does not end where it should";
}

TEST(EmitHtml, MayFetchNothingUnlessItIsLive) {
    EXPECT_FALSE(holds(emit_html(synthetic_run(20)), "connect-src"));
    const std::string live = emit_live_html(synthetic_run(20));
    EXPECT_TRUE(holds(live, "connect-src 'self'"));
    EXPECT_TRUE(holds(live, "id=\"progress\""));
    EXPECT_EQ(misnested_tag(markup_of(live)), "");
}

TEST(EmitComparisonHtml, ShowsEveryRunWithItsFront) {
    Document other = synthetic_run(100);
    member(other, "title") = Document("the <other> one");
    const std::string page = emit_comparison_html({synthetic_run(200), other});
    EXPECT_EQ(misnested_tag(markup_of(page)), "");
    EXPECT_TRUE(holds(page, "<td>fashion-resnet8</td>"));
    EXPECT_TRUE(holds(page, "<td>the &lt;other&gt; one</td>"));
    EXPECT_TRUE(holds(page, "id=\"front-1-table\""));
    EXPECT_TRUE(holds(page, "id=\"front-2-table\""));
    EXPECT_EQ(page, emit_comparison_html({synthetic_run(200), other}));
    EXPECT_THROW(emit_comparison_html({}), InternalError);
}

TEST(EmitComparisonHtml, ComparesOnlyWhatAllRunsMeasureInOneUnit) {
    Document other = synthetic_run(100);
    Document& energy = std::get<Document::List>(member(other, "objectives").value)[1];
    member(energy, "unit") = Document("picojoules");
    const std::string page = emit_comparison_html({synthetic_run(100), other});
    const std::string runs = page.substr(page.find("id=\"runs-table\""), 1500);
    EXPECT_FALSE(holds(runs.substr(0, runs.find("</thead>")), "Energy")) << runs;
    EXPECT_TRUE(holds(runs.substr(0, runs.find("</thead>")), "Latency")) << runs;
}

TEST(EmitHtml, StaysUnderThreeMegabytes) { EXPECT_LT(emit_html(synthetic_run(1000)).size(), 3'000'000U); }

TEST(EmitHtml, ReportsARunWithoutAnyFeasibleDesign) {
    Document run = synthetic_run(20);
    member(run, "front") = Document::List{};
    member(run, "details") = Document::List{};
    remove_member(run, "chosen");
    remove_member(run, "reference");
    remove_member(run, "proof");
    const std::string page = emit_html(run);
    EXPECT_TRUE(holds(page, "20 designs evaluated in 1 generation; none of them is feasible."));
    EXPECT_EQ(misnested_tag(markup_of(page)), "");
}

TEST(EmitHtml, ChecksItsDocument) {
    Document run = synthetic_run(20);
    remove_member(run, "designs");
    EXPECT_THROW(emit_html(run), InternalError);
    EXPECT_THROW(emit_html(Document()), InternalError);
}

} // namespace
} // namespace tandem
