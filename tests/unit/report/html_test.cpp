#include <limits>

#include <gtest/gtest.h>

#include "tandem/core/check.h"
#include "tandem/report/html.h"

namespace tandem {
namespace {

TEST(EscapeHtml, ShowsMarkupInsteadOfObeyingIt) {
    EXPECT_EQ(escape_html("<img src=x onerror='a()'> & \"b\""),
              "&lt;img src=x onerror=&#39;a()&#39;&gt; &amp; &quot;b&quot;");
}

TEST(EscapeHtml, MakesBytesValid) { EXPECT_EQ(escape_html("a\xFF\x01"), "a\xEF\xBF\xBD "); }

TEST(ScriptSafeJson, CannotEndTheScriptElement) {
    const Document document = Document::Map{{"name", "</script><!--<script>"}};
    const std::string json = script_safe_json(document);
    EXPECT_EQ(json.find('<'), std::string::npos) << json;
    const Result<Document> again = parse_json(json, "page");
    ASSERT_TRUE(again) << to_string(again.error());
    EXPECT_EQ(*again, document);
}

HtmlTable small_table() {
    return {.id = "small",
            .caption = "Two <rows>",
            .columns = {{"Layer", "", CellKind::text},
                        {"Id", "", CellKind::identifier},
                        {"Cycles", "k", CellKind::number},
                        {"Share", "%", CellKind::percent}},
            .rows = {{"conv1", 1234, 1.25, 0.5}, {"b & c", 2, 1000.5, Document()}},
            .marked_row = 1};
}

TEST(EmitTable, GivesEachColumnItsDigits) {
    const std::string html = emit_table(small_table());
    EXPECT_NE(html.find("<td class=\"number\" data-value=\"1234\">1234</td>"), std::string::npos) << html;
    EXPECT_NE(html.find("<td class=\"number\" data-value=\"1.25\">1</td>"), std::string::npos) << html;
    EXPECT_NE(html.find("<td class=\"number\" data-value=\"1000.5\">1,000</td>"), std::string::npos) << html;
    EXPECT_NE(html.find("<td class=\"number\" data-value=\"50\">50.00</td>"), std::string::npos) << html;
    EXPECT_NE(html.find("<small>k</small>"), std::string::npos) << html;
}

TEST(EmitTable, MarksOneRowAndDashesWhatIsAbsent) {
    const std::string html = emit_table(small_table());
    EXPECT_NE(html.find("<tr class=\"marked\"><td>b &amp; c</td>"), std::string::npos) << html;
    EXPECT_NE(html.find("<td class=\"number\">&ndash;</td></tr>"), std::string::npos) << html;
    EXPECT_NE(html.find("<caption>Two &lt;rows&gt;</caption>"), std::string::npos) << html;
}

TEST(EmitTable, DashesWhatIsNoNumber) {
    HtmlTable table{.id = "t", .caption = "t", .columns = {{"x", "", CellKind::number}}};
    table.rows = {{std::numeric_limits<double>::quiet_NaN()}, {2}};
    EXPECT_NE(emit_table(table).find("<td class=\"number\">&ndash;</td>"), std::string::npos);
}

TEST(EmitTable, SetsTheTotalApart) {
    HtmlTable table = small_table();
    table.total = HtmlRow{"Total", Document(), 1001.75, Document()};
    const std::string html = emit_table(table);
    EXPECT_NE(html.find("<tfoot>\n<tr><td>Total</td>"), std::string::npos) << html;
}

TEST(EmitTable, ChecksThatEveryRowHasEveryCell) {
    HtmlTable table = small_table();
    table.rows.push_back({"short"});
    EXPECT_THROW(emit_table(table), InternalError);
}

} // namespace
} // namespace tandem
