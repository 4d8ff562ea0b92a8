#include "tandem/report/fine_tuning_tables.h"

#include <optional>
#include <vector>

#include <fmt/format.h>

#include "tandem/report/html.h"
#include "tandem/report/report.h"
#include "tandem/report/text.h"

namespace tandem {

namespace {

/// Accuracies have columns of their own.
bool is_accuracy(const ObjectiveView& objective) { return objective.key == "accuracy"; }

/// Who has more of the test images right and costs less by every objective.
std::string beaten_by(const Document& trained) {
    std::vector<std::string> labels;
    for (const Document& label : list_at(trained, "beaten_by")) {
        if (const auto* const text = label.get_if<std::string>()) labels.push_back(printable_line(*text));
    }
    return labels.empty() ? "-" : fmt::format("{}", fmt::join(labels, ", "));
}

HtmlTable finals_table(const RunView& view, const Document& tuning) {
    HtmlTable table{.id = "finals-table",
                    .caption = "Trained in full",
                    .columns = {{"Strategy", "", CellKind::text},
                                {"Design", "", CellKind::identifier},
                                {"By the search", "%", CellKind::percent},
                                {"Trained", "%", CellKind::percent},
                                {"Test", "%", CellKind::percent}},
                    .marked_row = 0};
    for (const ObjectiveView& objective : view.objectives) {
        if (is_accuracy(objective)) continue;
        table.columns.push_back({objective.label, objective.unit, CellKind::number});
    }
    table.columns.push_back({"Beaten by", "", CellKind::text});
    for (const Document& trained : list_at(tuning, "finals")) {
        HtmlRow row{member_at(trained, "label"), member_at(trained, "id"), member_at(trained, "estimate"),
                    member_at(trained, "accuracy"), member_at(trained, "test_accuracy")};
        for (const ObjectiveView& objective : view.objectives) {
            if (is_accuracy(objective)) continue;
            const std::optional<double> value = number_at(member_at(trained, "objectives"), objective.key);
            row.push_back(value ? Document(*value * objective.scale) : Document());
        }
        row.push_back(beaten_by(trained));
        table.rows.push_back(std::move(row));
    }
    return table;
}

HtmlTable rounds_table(const Document& tuning) {
    HtmlTable table{.id = "rounds-table",
                    .caption = "The rounds of halving",
                    .columns = {{"Round", "", CellKind::identifier},
                                {"Epochs", "", CellKind::identifier},
                                {"Design", "", CellKind::identifier},
                                {"By the search", "%", CellKind::percent},
                                {"Trained", "%", CellKind::percent},
                                {"Goes on", "", CellKind::text}}};
    std::int64_t place = 0;
    for (const Document& round : list_at(tuning, "rounds")) {
        ++place;
        for (const Document& design : list_at(round, "designs")) {
            const auto* const goes_on = member_at(design, "goes_on").get_if<bool>();
            table.rows.push_back({Document(place), member_at(round, "epochs"), member_at(design, "id"),
                                  member_at(design, "estimate"), member_at(design, "accuracy"),
                                  Document(goes_on != nullptr && *goes_on ? "yes" : "no")});
        }
    }
    return table;
}

/// "1 epoch", "1,234 epochs".
std::string counted(const Document& map, const char* key, std::string_view noun) {
    const std::int64_t count = count_at(map, key).value_or(0);
    return fmt::format("{} {}{}", format_count(count), noun, count == 1 ? "" : "s");
}

std::string spent(const Document& tuning, std::optional<double> seconds) {
    return fmt::format("{}, {} of {} each in full, {}{}", counted(tuning, "trainings", "training"),
                       list_at(tuning, "finals").size(), counted(tuning, "final_epochs", "epoch"),
                       counted(tuning, "epochs", "epoch") + " in all, " + counted(tuning, "images", "image"),
                       seconds ? fmt::format(", {} s", format_fixed(*seconds, 0)) : "");
}

std::optional<double> seconds_of(const Document& run) {
    for (const Document& phase : list_at(run, "phases")) {
        if (text_at(phase, "name") == "fine-tuning") return number_at(phase, "seconds");
    }
    return std::nullopt;
}

/// Why a uniform precision has no figures of the machine, a line each.
std::vector<std::string> reasons_of(const Document& tuning) {
    std::vector<std::string> reasons;
    for (const Document& trained : list_at(tuning, "finals")) {
        const std::string reason = text_at(trained, "reason");
        if (reason.empty()) continue;
        reasons.push_back(
            printable_line(fmt::format("{} does not fit: {}", text_at(trained, "label"), reason)));
    }
    return reasons;
}

} // namespace

std::string emit_fine_tuning(const RunView& view) {
    const Document& tuning = member_at(*view.run, "fine_tuning");
    if (tuning.get_if<Document::Map>() == nullptr) return "";
    std::string html = fmt::format(
        "<section id=\"fine-tuning\" aria-labelledby=\"fine-tuning-head\">\n"
        "<h2 id=\"fine-tuning-head\">After training</h2>\n"
        "<p class=\"introduction\">A shortlist of the search's designs was trained by successive halving "
        "({}); the one that was left, and every strategy that it is compared with, was trained in full. "
        "Beaten by has those that get more of the test images right and cost less by every objective. "
        "{}.</p>\n",
        escape_html(printable_line(text_at(tuning, "method"))), spent(tuning, seconds_of(*view.run)));
    html += emit_table(finals_table(view, tuning));
    for (const std::string& reason : reasons_of(tuning)) {
        html += fmt::format("<p class=\"remark\">{}.</p>\n", escape_html(reason));
    }
    if (!list_at(tuning, "rounds").empty()) html += emit_table(rounds_table(tuning));
    return html + "</section>\n";
}

std::string format_fine_tuning(const Document& front, double seconds) {
    const Document& tuning = member_at(front, "fine_tuning");
    if (tuning.get_if<Document::Map>() == nullptr) return "";
    std::vector<Column> columns{{"trained in full", Alignment::left},
                                {"design", Alignment::right},
                                {"by the search", Alignment::right},
                                {"trained", Alignment::right},
                                {"test", Alignment::right}};
    const Document::List& objectives = list_at(front, "objectives");
    const auto is_cost = [](const Document& objective) { return text_at(objective, "key") != "accuracy"; };
    for (const Document& objective : objectives) {
        if (is_cost(objective))
            columns.push_back({in_sentence(text_at(objective, "label")), Alignment::right});
    }
    columns.push_back({"beaten by", Alignment::left});
    const auto percent = [](const Document& map, const char* key) {
        const std::optional<double> share = number_at(map, key);
        return share ? format_fixed(*share * 100.0, 2) : "-";
    };
    std::vector<std::vector<std::string>> rows;
    for (const Document& trained : list_at(tuning, "finals")) {
        const auto id = count_at(trained, "id");
        std::vector<std::string>& row = rows.emplace_back();
        row = {printable_line(text_at(trained, "label")), id ? fmt::format("{}", *id) : "-",
               percent(trained, "estimate"), percent(trained, "accuracy"), percent(trained, "test_accuracy")};
        for (const Document& objective : objectives) {
            if (!is_cost(objective)) continue;
            const auto value = number_at(member_at(trained, "objectives"), text_at(objective, "key"));
            const double scale = number_at(objective, "scale").value_or(1.0);
            row.push_back(value ? format_compact(*value * scale) : "-");
        }
        row.push_back(beaten_by(trained));
    }
    std::string text = format_table(columns, rows);
    for (const std::string& reason : reasons_of(tuning)) text += reason + "\n";
    return text + spent(tuning, seconds) + "\n";
}

} // namespace tandem
