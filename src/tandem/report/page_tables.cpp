#include "tandem/report/page_tables.h"

#include <map>

#include <fmt/format.h>

namespace tandem {

namespace {

/// The number or count as a cell; empty when there is none.
Document cell_at(const Document& map, std::string_view key) { return member_at(map, key); }

Document scaled_cell(const Document& details, const ObjectiveView& objective) {
    const std::optional<double> value = number_at(details, objective.key);
    if (!value) return {};
    return objective.scale == 1.0 ? member_at(details, objective.key) : Document(*value * objective.scale);
}

/// A percentage is kept as a share of one, which is what CellKind::percent shows.
bool is_share(const ObjectiveView& objective) { return objective.unit == "%" && objective.scale == 100.0; }

std::vector<HtmlColumn> design_columns(const RunView& view) {
    std::vector<HtmlColumn> columns{{"Design", "", CellKind::identifier}, {"Note", "", CellKind::text}};
    for (const ObjectiveView& objective : view.objectives) {
        columns.push_back(
            {objective.label, objective.unit, is_share(objective) ? CellKind::percent : CellKind::number});
        if (objective.better == Better::lower && view.reference) {
            columns.push_back({objective.label, "% of reference", CellKind::percent});
        }
    }
    columns.push_back({"KL divergence", "nats", CellKind::number});
    columns.push_back({"Weights", "bytes", CellKind::number});
    return columns;
}

HtmlRow design_row(const RunView& view, std::int64_t id, std::string note) {
    HtmlRow row{Document(id), Document(std::move(note))};
    const Document* details = find_details(view, id);
    const Document* reference = find_details(view, view.reference);
    const Document absent;
    const Document& figures = details != nullptr ? *details : absent;
    for (const ObjectiveView& objective : view.objectives) {
        row.push_back(is_share(objective) ? cell_at(figures, objective.key)
                                          : scaled_cell(figures, objective));
        if (objective.better != Better::lower || !view.reference) continue;
        const std::optional<double> value = number_at(figures, objective.key);
        const std::optional<double> base = number_at(reference, objective.key);
        row.push_back(value && base && *base != 0.0 ? Document(*value / *base) : Document());
    }
    row.push_back(cell_at(figures, "kl_divergence"));
    row.push_back(cell_at(figures, "weight_storage_bytes"));
    return row;
}

/// Names for the designs that have one.
std::map<std::int64_t, std::string> design_notes(const RunView& view) {
    std::map<std::int64_t, std::string> notes;
    const auto note = [&](std::int64_t id, const std::string& text) {
        std::string& all = notes[id];
        if (!all.empty()) all += ", ";
        all += text;
    };
    if (view.chosen) note(*view.chosen, "balanced choice");
    if (const auto knee = count_at(*view.run, "knee")) note(*knee, "knee of the front");
    if (view.reference) note(*view.reference, "reference");
    for (const Document& uniform : list_at(*view.run, "uniform")) {
        if (const auto id = count_at(uniform, "id")) note(*id, text_at(uniform, "label"));
    }
    return notes;
}

/// Adds up a column of figures; empty when none of the rows has one.
Document total_of(const std::vector<HtmlRow>& rows, std::size_t column) {
    std::int64_t count = 0;
    double sum = 0.0;
    bool has_any = false;
    bool is_whole = true;
    for (const HtmlRow& row : rows) {
        if (const auto* whole = row[column].get_if<std::int64_t>()) {
            count += *whole;
            has_any = true;
        } else if (const auto* number = row[column].get_if<double>()) {
            sum += *number;
            has_any = true;
            is_whole = false;
        }
    }
    if (!has_any) return {};
    return is_whole ? Document(count) : Document(sum + static_cast<double>(count));
}

const ObjectiveView* find_objective(const RunView& view, std::string_view key) {
    for (const ObjectiveView& objective : view.objectives) {
        if (objective.key == key) return &objective;
    }
    return nullptr;
}

} // namespace

HtmlTable front_table(const RunView& view) {
    HtmlTable table{.id = "front-table", .caption = "The front", .columns = design_columns(view)};
    const std::map<std::int64_t, std::string> notes = design_notes(view);
    for (const std::int64_t id : view.front) {
        if (id == view.chosen) table.marked_row = table.rows.size();
        const auto note = notes.find(id);
        table.rows.push_back(design_row(view, id, note != notes.end() ? note->second : ""));
    }
    return table;
}

HtmlTable comparison_table(const RunView& view) {
    HtmlTable table{
        .id = "comparison-table", .caption = "Points of comparison", .columns = design_columns(view)};
    for (const auto& [id, note] : design_notes(view)) table.rows.push_back(design_row(view, id, note));
    return table;
}

namespace {

/// Cycles, utilisation, energy by part and in all.
void add_schedule_cells(const Document& layer, const std::vector<std::string>& parts, HtmlRow& row) {
    for (const char* key : {"cycles", "compute_cycles", "utilization"}) row.push_back(cell_at(layer, key));
    double sum = 0.0;
    for (const std::string& part : parts) {
        row.push_back(cell_at(member_at(layer, "energy"), part));
        sum += number_at(member_at(layer, "energy"), part).value_or(0.0);
    }
    row.emplace_back(sum);
}

} // namespace

HtmlTable layers_table(const RunView& view, const Document& details) {
    const ObjectiveView* energy = find_objective(view, "energy");
    const std::string energy_unit = energy != nullptr ? energy->unit : "";
    std::vector<std::string> parts{"compute"};
    for (const Document& level : list_at(member_at(*view.run, "machine"), "levels")) {
        if (const auto* name = level.get_if<std::string>()) parts.push_back(*name);
    }

    // Without levels the machine is a board, on which layers share one RAM and none has a schedule.
    const bool is_board = list_at(member_at(*view.run, "machine"), "levels").empty();
    HtmlTable table{.id = "layers-table",
                    .caption = fmt::format("Layers of design {}", count_at(details, "id").value_or(0)),
                    .columns = {{"Layer", "", CellKind::text},
                                {"Type", "", CellKind::text},
                                {"MACs", "", CellKind::number},
                                {"Weights", "", CellKind::number},
                                {"Weights", "bits", CellKind::number},
                                {"Activations", "bits", CellKind::number}}};
    const std::size_t first_price = table.columns.size();
    if (is_board) {
        table.columns.push_back({"Flash", "bytes", CellKind::number});
        table.columns.push_back({"RAM", "bytes", CellKind::number});
        table.columns.push_back({"Instructions", "", CellKind::number});
    } else {
        table.columns.push_back({"Cycles", "", CellKind::number});
        table.columns.push_back({"Compute", "cycles", CellKind::number});
        table.columns.push_back({"Utilisation", "%", CellKind::percent});
        for (const std::string& part : parts) {
            table.columns.push_back({"Energy, " + part, energy_unit, CellKind::number});
        }
        table.columns.push_back({"Energy", energy_unit, CellKind::number});
    }

    for (const Document& layer : list_at(details, "layers")) {
        const Document* described = nullptr;
        for (const Document& entry : list_at(member_at(*view.run, "network"), "layers")) {
            if (text_at(entry, "name") == text_at(layer, "name")) described = &entry;
        }
        const Document absent;
        const Document& node = described != nullptr ? *described : absent;
        HtmlRow row{
            cell_at(layer, "name"),   cell_at(node, "type"),         cell_at(node, "multiply_accumulates"),
            cell_at(node, "weights"), cell_at(layer, "weight_bits"), cell_at(layer, "activation_bits")};
        if (is_board) {
            row.push_back(cell_at(layer, "flash_bytes"));
            row.push_back(cell_at(layer, "ram_bytes"));
            row.push_back(cell_at(layer, "instructions"));
        } else {
            add_schedule_cells(layer, parts, row);
        }
        table.rows.push_back(std::move(row));
    }

    HtmlRow total(table.columns.size());
    total[0] = Document("Total");
    std::vector<std::size_t> summed{2, 3, first_price};
    if (is_board) {
        summed.push_back(first_price + 2);
    } else {
        summed.push_back(first_price + 1);
        for (std::size_t column = first_price + 3; column < table.columns.size(); ++column) {
            summed.push_back(column);
        }
    }
    for (const std::size_t column : summed) total[column] = total_of(table.rows, column);
    table.total = std::move(total);
    return table;
}

HtmlTable generations_table(const RunView& view) {
    HtmlTable table{.id = "generations-table",
                    .caption = "Generations",
                    .columns = {{"Generation", "", CellKind::identifier},
                                {"New designs", "", CellKind::number},
                                {"Hypervolume", "", CellKind::number},
                                {"Time", "s", CellKind::number}}};
    for (const Document& generation : list_at(*view.run, "generations")) {
        table.rows.push_back({cell_at(generation, "generation"), cell_at(generation, "evaluated"),
                              cell_at(generation, "hypervolume"), cell_at(generation, "seconds")});
    }
    return table;
}

HtmlTable runs_table(const Document::List& runs) {
    HtmlTable table{.id = "runs-table",
                    .caption = "Runs",
                    .columns = {{"Run", "", CellKind::identifier},
                                {"Name", "", CellKind::text},
                                {"Network", "", CellKind::text},
                                {"Machine", "", CellKind::text},
                                {"Seed", "", CellKind::identifier},
                                {"Designs", "", CellKind::number},
                                {"Front", "designs", CellKind::number},
                                {"Hypervolume", "share", CellKind::number},
                                {"Chosen", "design", CellKind::identifier}}};
    // Only what all runs measure in the same unit stands in one column.
    std::vector<ObjectiveView> shared = view_run(runs.front()).objectives;
    for (const Document& run : runs) {
        const RunView view = view_run(run);
        std::erase_if(shared, [&](const ObjectiveView& objective) {
            const ObjectiveView* own = find_objective(view, objective.key);
            return own == nullptr || own->unit != objective.unit || own->scale != objective.scale;
        });
    }
    for (const ObjectiveView& objective : shared) {
        table.columns.push_back(
            {objective.label, objective.unit, is_share(objective) ? CellKind::percent : CellKind::number});
    }
    for (const Document& run : runs) {
        const RunView view = view_run(run);
        const Document::List& generations = list_at(run, "generations");
        HtmlRow row{Document(table.rows.size() + 1),
                    Document(text_at(run, "title")),
                    Document(text_at(member_at(run, "network"), "name")),
                    Document(text_at(member_at(run, "machine"), "name")),
                    cell_at(run, "seed"),
                    Document(list_at(member_at(run, "designs"), "id").size()),
                    Document(view.front.size()),
                    generations.empty() ? Document() : cell_at(generations.back(), "hypervolume"),
                    view.chosen ? Document(*view.chosen) : Document()};
        const Document* chosen = find_details(view, view.chosen);
        for (const ObjectiveView& objective : shared) {
            if (chosen == nullptr) {
                row.emplace_back();
            } else {
                row.push_back(is_share(objective) ? cell_at(*chosen, objective.key)
                                                  : scaled_cell(*chosen, objective));
            }
        }
        table.rows.push_back(std::move(row));
    }
    return table;
}

} // namespace tandem
