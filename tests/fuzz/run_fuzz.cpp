// Run documents and front.json, which people and their scripts edit: what the schema and its relations let
// pass is a table, a plot and a page, whatever else is in it.
#include "fuzz.h"
#include "tandem/report/front_table.h"
#include "tandem/report/report.h"
#include "tandem/report/run_schema.h"

namespace {

using namespace tandem;

void check_page(const Document& run) {
    if (const auto valid = validate_run_document(run, "run.json"); !valid) {
        judge(valid.error());
        return;
    }
    promise(emit_html(run).ends_with("</html>\n"), "a page is whole");
    promise(emit_comparison_html({run, run}).ends_with("</html>\n"), "a comparison is whole");
}

void check_front(const Document& front) {
    if (const auto valid = validate_front_document(front, "front.json"); !valid) {
        judge(valid.error());
        return;
    }
    constexpr std::size_t kRows = 5;
    promise(format_front(front, kRows).ends_with("\n"), "a table ends its line");
    promise(format_outcome(front).ends_with("\n"), "an outcome ends its line");
    promise(format_front_csv(front).ends_with("\r\n"), "CSV ends its line");
    promise(format_front_markdown(front).ends_with("|\n"), "a table of Markdown is closed");
    format_front_plot(front);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto document = tandem::parse_json(tandem::fuzz_text(data, size), "run.json");
    if (!document) return 0; // the document target judges these
    check_page(*document);
    check_front(*document);
    return 0;
}
