#include "tandem/report/front_table.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/report/dot_plot.h"
#include "tandem/report/report.h"
#include "tandem/report/run_view.h"
#include "tandem/report/text.h"

namespace tandem {

namespace {

std::int64_t whole(const Document& value) { return *value.get_if<std::int64_t>(); }

/// "1 234 567": thin groups of three keep long counts readable.
std::string grouped(double value) {
    std::string digits = fmt::format("{:.0f}", value);
    for (std::ptrdiff_t i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3) {
        digits.insert(static_cast<std::size_t>(i), " ");
    }
    return digits;
}

/// "92.95 %", "1 234 567" or "0.1234", in the unit of the objective; "-" where there is none.
std::string shown(std::optional<double> value, const Document& objective) {
    constexpr double kWholeFrom = 100.0;
    if (!value) return "-";
    const double scaled = *value * number_at(objective, "scale").value_or(1.0);
    if (text_at(objective, "unit") == "%") return fmt::format("{:.2f} %", scaled);
    return scaled >= kWholeFrom ? grouped(scaled) : fmt::format("{:.4g}", scaled);
}

std::optional<double> value_of(const Document* design, const Document& objective) {
    return number_at(design, text_at(objective, "key"));
}

/// "35 %" of the reference for what is minimised; empty where there is nothing to compare.
std::string share(const Document& design, const Document* reference, const Document& objective) {
    if (text_at(objective, "goal") != "minimize") return "";
    const std::optional<double> value = value_of(&design, objective);
    const std::optional<double> base = value_of(reference, objective);
    return value && base && *base != 0.0 ? fmt::format("{:.0f} %", 100.0 * *value / *base) : "";
}

/// Neighbouring layers of equal widths are drawn together: "8/8 4/6x3 8/8".
std::string widths(const Document& design) {
    std::string text;
    std::string last;
    int repeats = 0;
    const auto flush = [&] {
        if (repeats > 1) text += fmt::format("x{}", repeats);
    };
    for (const Document& layer : list_at(design, "layers")) {
        const std::string pair =
            fmt::format("{}/{}", whole(*layer.find("weight_bits")), whole(*layer.find("activation_bits")));
        if (pair == last) {
            ++repeats;
            continue;
        }
        flush();
        text += (text.empty() ? "" : " ") + pair;
        last = pair;
        repeats = 1;
    }
    flush();
    return text;
}

std::map<std::int64_t, const Document*> details_by_id(const Document& front) {
    std::map<std::int64_t, const Document*> by_id;
    for (const Document& design : list_at(front, "details")) by_id[whole(*design.find("id"))] = &design;
    return by_id;
}

/// The reference's details; null where it does not fit.
const Document* reference_of(const Document& front, const std::map<std::int64_t, const Document*>& details) {
    const auto id = count_at(front, "reference");
    const auto found = id ? details.find(*id) : details.end();
    return found == details.end() ? nullptr : found->second;
}

struct Cells {
    std::vector<std::string> heads;
    std::vector<std::vector<std::string>> rows;
};

/// A figure with all its digits; a percentage without the dust of its scaling.
std::string exact(const Document& design, const Document& objective) {
    const std::optional<double> value = number_at(design, text_at(objective, "key"));
    if (!value) return "";
    const double scale = number_at(objective, "scale").value_or(1.0);
    if (scale == 1.0) return fmt::format("{}", *value);
    return fmt::format("{:.12g}", *value * scale);
}

/// Design, note, objectives in their units, storage, widths: the front, then the points of comparison.
Cells front_cells(const Document& front) {
    Cells cells{.heads = {"Design", "Note"}, .rows = {}};
    for (const Document& objective : list_at(front, "objectives")) {
        const std::string unit = text_at(objective, "unit");
        cells.heads.push_back(text_at(objective, "label") + (unit.empty() ? "" : " [" + unit + "]"));
    }
    cells.heads.insert(cells.heads.end(), {"Weights [bytes]", "Weight/activation bits by layer"});

    std::vector<std::int64_t> order;
    std::map<std::int64_t, std::string> notes;
    const auto note = [&](std::int64_t id, const std::string& text) {
        std::string& all = notes[id];
        all += (all.empty() ? "" : ", ") + text;
        if (std::find(order.begin(), order.end(), id) == order.end()) order.push_back(id);
    };
    for (const Document& id : list_at(front, "front")) note(whole(id), "front");
    if (const auto chosen = count_at(front, "chosen")) note(*chosen, "chosen");
    if (const auto reference = count_at(front, "reference")) note(*reference, "reference");
    for (const Document& uniform : list_at(front, "uniform")) {
        if (const auto id = count_at(uniform, "id")) note(*id, text_at(uniform, "label"));
    }
    const auto details = details_by_id(front);
    for (const std::int64_t id : order) {
        const auto found = details.find(id);
        if (found == details.end()) continue;
        const Document& design = *found->second;
        std::vector<std::string>& row = cells.rows.emplace_back();
        row = {fmt::format("{}", id), notes[id]};
        for (const Document& objective : list_at(front, "objectives"))
            row.push_back(exact(design, objective));
        const auto storage = count_at(design, "weight_storage_bytes");
        row.push_back(storage ? fmt::format("{}", *storage) : "");
        row.push_back(widths(design));
    }
    return cells;
}

std::string csv_line(const std::vector<std::string>& cells) {
    std::string line;
    for (const std::string& cell : cells) {
        if (!line.empty()) line += ',';
        if (cell.find_first_of(",\"\r\n") == std::string::npos) {
            line += cell;
            continue;
        }
        line += '"';
        for (const char character : cell) line += character == '"' ? "\"\"" : std::string(1, character);
        line += '"';
    }
    return line + "\r\n";
}

/// Markup of Markdown and HTML in a name stays text.
std::string markdown_line(const std::vector<std::string>& cells) {
    std::string line = "|";
    for (const std::string& cell : cells) {
        line += ' ';
        for (const char character : printable_line(cell)) {
            if (std::string_view("|\\`*_<>&").find(character) != std::string_view::npos) line += '\\';
            line += character;
        }
        line += " |";
    }
    return line + "\n";
}

/// Positions in the front to show: all, or `limit` evenly spread with the choice among them.
std::set<std::size_t> rows_to_show(const Document& front, std::size_t limit) {
    const Document::List& ids = list_at(front, "front");
    const std::size_t count = ids.size();
    std::set<std::size_t> rows;
    const std::size_t shown = std::min(std::max<std::size_t>(limit, 2), count);
    for (std::size_t i = 0; i < shown; ++i) rows.insert(shown < 2 ? 0 : i * (count - 1) / (shown - 1));
    for (std::size_t i = 0; i < count; ++i) {
        if (ids[i] == member_at(front, "chosen")) rows.insert(i);
    }
    return rows;
}

} // namespace

std::string format_front(const Document& front, std::size_t limit) {
    const auto details = details_by_id(front);
    const Document* reference = reference_of(front, details);
    const Document::List& objectives = list_at(front, "objectives");
    std::vector<Column> columns{{"", Alignment::left}, {"design", Alignment::right}};
    std::vector<std::string> notes;
    for (const Document& objective : objectives) {
        const std::string label = in_sentence(text_at(objective, "label"));
        const std::string unit = text_at(objective, "unit");
        columns.push_back({label, Alignment::right});
        if (text_at(objective, "goal") == "minimize") columns.push_back({"of ref.", Alignment::right});
        if (!unit.empty() && unit != "%") notes.push_back(printable_line(label + " in " + unit));
    }
    columns.push_back({"weights", Alignment::right});
    columns.push_back({"weight/activation bits by layer", Alignment::left});
    if (const auto samples = count_at(member_at(front, "dataset"), "validation_samples")) {
        notes.push_back(fmt::format("accuracy on {} validation images", *samples));
    }

    std::vector<std::vector<std::string>> rows;
    const Document::List& ids = list_at(front, "front");
    for (const std::size_t place : rows_to_show(front, limit)) {
        const Document& design = *details.at(whole(ids[place]));
        std::vector<std::string>& row = rows.emplace_back();
        row = {ids[place] == member_at(front, "chosen") ? "->" : "", fmt::format("{}", whole(ids[place]))};
        for (const Document& objective : objectives) {
            row.push_back(shown(value_of(&design, objective), objective));
            if (text_at(objective, "goal") == "minimize") row.push_back(share(design, reference, objective));
        }
        const auto storage = number_at(design, "weight_storage_bytes");
        row.push_back(storage ? fmt::format("{:.1f} KiB", *storage / 1024.0) : "-");
        row.push_back(widths(design));
    }
    const std::string count = rows.size() < ids.size() ? fmt::format("{} of {}", rows.size(), ids.size())
                                                       : fmt::format("{}", ids.size());
    notes.insert(notes.begin(), count + " designs on the front");
    return format_table(columns, rows) + fmt::format("{}\n", fmt::join(notes, "; "));
}

std::string format_front_csv(const Document& front) {
    const auto [heads, rows] = front_cells(front);
    std::string text = csv_line(heads);
    for (const std::vector<std::string>& row : rows) text += csv_line(row);
    return text;
}

std::string format_front_markdown(const Document& front) {
    const auto [heads, rows] = front_cells(front);
    std::string text = markdown_line(heads);
    std::vector<std::string> rules{"---:", "---"};
    rules.resize(heads.size() - 1, "---:");
    rules.emplace_back("---");
    text += fmt::format("| {} |\n", fmt::join(rules, " | "));
    for (const std::vector<std::string>& row : rows) text += markdown_line(row);
    return text;
}

std::string format_front_plot(const Document& front) {
    constexpr std::size_t kColumns = 60;
    constexpr std::size_t kRows = 12;
    const Document::List& objectives = list_at(front, "objectives");
    if (objectives.size() < 2) return "";
    const auto first_with = [&](std::string_view goal, std::size_t otherwise) {
        for (const Document& objective : objectives) {
            if (text_at(objective, "goal") == goal) return &objective;
        }
        return &objectives[otherwise];
    };
    const Document* up = first_with("maximize", 0);
    const Document* across = first_with("minimize", 1);
    if (up == across) across = &objectives[1];

    const auto details = details_by_id(front);
    std::vector<PlotPoint> points;
    const auto add = [&](const Document* design, const char* sign) {
        const std::optional<double> x = value_of(design, *across);
        const std::optional<double> y = value_of(design, *up);
        if (x && y) points.push_back({.x = *x, .y = *y, .sign = sign});
    };
    for (const Document& id : list_at(front, "front")) {
        const auto found = details.find(whole(id));
        if (found != details.end()) add(found->second, "");
    }
    const auto chosen = count_at(front, "chosen");
    if (chosen && details.contains(*chosen)) add(details.at(*chosen), "\u25c6");
    if (points.empty()) return "";
    const auto axis = [&](const Document& objective, double PlotPoint::*member) {
        const double scale = number_at(objective, "scale").value_or(1.0);
        const auto [least, most] = std::minmax_element(
            points.begin(), points.end(),
            [&](const PlotPoint& left, const PlotPoint& right) { return left.*member < right.*member; });
        const std::string unit = text_at(objective, "unit");
        return PlotAxis{.name = text_at(objective, "label") + (unit.empty() ? "" : ", " + unit),
                        .first = format_compact((*least).*member * scale),
                        .last = format_compact((*most).*member * scale)};
    };
    return format_dot_plot(points, axis(*across, &PlotPoint::x), axis(*up, &PlotPoint::y), kColumns, kRows) +
           "\u25c6 chosen\n";
}

std::string format_outcome(const Document& front) {
    const auto details = details_by_id(front);
    const Document* reference = reference_of(front, details);
    if (reference == nullptr) return "reference: does not fit the machine\n";
    const auto id = count_at(front, "chosen");
    const auto found = id ? details.find(*id) : details.end();
    if (found == details.end()) return "no design was chosen\n";
    const Document& chosen = *found->second;
    // What was tested is told of the test images; the search knew the others.
    const bool is_tested = number_at(reference, "test_accuracy") && number_at(chosen, "test_accuracy");
    const auto figures = [&](const Document& design) {
        std::vector<std::string> words;
        for (const Document& objective : list_at(front, "objectives")) {
            const bool is_test = is_tested && text_at(objective, "key") == "accuracy";
            const auto value = is_test ? number_at(design, "test_accuracy") : value_of(&design, objective);
            const std::string unit = text_at(objective, "unit");
            std::string& word =
                words.emplace_back(in_sentence(text_at(objective, "label")) + " " + shown(value, objective));
            if (!unit.empty() && unit != "%") word += " " + unit;
            const std::string part = &design == reference ? "" : share(design, reference, objective);
            if (!part.empty()) word += " (" + part + ")";
        }
        return fmt::format("{}", fmt::join(words, ", "));
    };
    std::string text =
        fmt::format("reference: {}  ->  chosen design {}: {}", figures(*reference), *id, figures(chosen));
    const auto samples = count_at(member_at(front, "dataset"), "test_samples");
    const auto original = number_at(front, "float_test_accuracy");
    if (is_tested && samples && original) {
        text += fmt::format("  [{} test images; float {:.2f} %]", grouped(static_cast<double>(*samples)),
                            100.0 * *original);
    }
    return printable_line(text) + "\n";
}

} // namespace tandem
