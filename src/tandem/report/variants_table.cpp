#include "tandem/report/variants_table.h"

#include <vector>

#include <fmt/format.h>

#include "tandem/report/report.h"
#include "tandem/report/run_view.h"
#include "tandem/report/text.h"

namespace tandem {

namespace {

std::string count_in(const Document& map, const char* key) {
    const auto count = count_at(map, key);
    return count ? fmt::format("{}", *count) : "-";
}

std::string shown(std::optional<double> value, const std::string& unit, double scale) {
    if (!value) return "-";
    return unit == "%" ? format_fixed(*value * scale, 2) + " %" : format_compact(*value * scale);
}

} // namespace

std::string format_variants(const Document& comparison) {
    const Document::List& objectives = list_at(comparison, "objectives");
    std::vector<Column> columns{{"machine", Alignment::left},  {"widths", Alignment::left},
                                {"designs", Alignment::right}, {"remembered", Alignment::right},
                                {"front", Alignment::right},   {"chosen", Alignment::right}};
    std::vector<std::string> notes{"of the chosen designs, an image"};
    for (const Document& objective : objectives) {
        const std::string label = in_sentence(text_at(objective, "label"));
        const std::string unit = text_at(objective, "unit");
        columns.push_back({label, Alignment::right});
        if (!unit.empty() && unit != "%") notes.push_back(label + " in " + unit);
    }
    columns.push_back({"test", Alignment::right});
    std::vector<std::vector<std::string>> rows;
    std::string reasons;
    for (const Document& variant : list_at(comparison, "variants")) {
        const std::string name = printable_line(text_at(variant, "name"));
        const auto* const tie = member_at(variant, "tie").get_if<bool>();
        std::vector<std::string>& row = rows.emplace_back();
        row = {name,
               tie != nullptr && *tie ? "tied" : "free",
               count_in(variant, "designs"),
               count_in(variant, "remembered"),
               count_in(variant, "front"),
               count_in(variant, "chosen")};
        for (const Document& objective : objectives) {
            row.push_back(shown(number_at(variant, text_at(objective, "key")), text_at(objective, "unit"),
                                number_at(objective, "scale").value_or(1.0)));
        }
        row.push_back(shown(number_at(variant, "test_accuracy"), "%", 100.0));
        const std::string reason = text_at(variant, "reason");
        if (!reason.empty()) reasons += fmt::format("{}: {}\n", name, printable_line(reason));
    }
    return format_table(columns, rows) + fmt::format("{}\n", fmt::join(notes, "; ")) + reasons;
}

} // namespace tandem
