#include "machine_totals.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tandem::app {

namespace {

double square_millimeters(SquareMicrometers area) { return area.value * 1e-6; }

/// The parts, and the sum of those known; none: not one is.
struct Areas {
    std::vector<PartArea> parts;
    std::optional<SquareMicrometers> sum{};
};

Areas areas_of(const Machine& machine) {
    Areas areas{.parts = machine.areas()};
    for (const PartArea& part : areas.parts) {
        if (part.area) areas.sum = areas.sum.value_or(SquareMicrometers()) + *part.area;
    }
    return areas;
}

void add_areas(Document::Map& total, const Machine& machine) {
    const Areas areas = areas_of(machine);
    if (!areas.sum) return;
    Document::List list;
    for (const PartArea& part : areas.parts) {
        list.push_back(Document::Map{
            {"part", part.part},
            {"area_square_millimeters", part.area ? Document(square_millimeters(*part.area)) : Document()}});
    }
    total.emplace_back("area_square_millimeters", square_millimeters(*areas.sum));
    total.emplace_back("areas", std::move(list));
}

void add_resources(Document::Map& total, const Machine& machine) {
    const std::optional<Resources> resources = machine.resources();
    if (!resources) return;
    total.emplace_back("luts", resources->luts);
    total.emplace_back("brams", resources->brams);
    total.emplace_back("peak_operations_per_second", resources->peak_operations_per_second);
}

std::string areas_text(const Machine& machine) {
    const Areas areas = areas_of(machine);
    if (!areas.sum) return "";
    std::vector<std::string> known;
    std::vector<std::string> unknown;
    for (const PartArea& part : areas.parts) {
        if (part.area) {
            known.push_back(fmt::format("{} {:.3g}", part.part, square_millimeters(*part.area)));
        } else {
            unknown.push_back(part.part);
        }
    }
    return fmt::format("{:.3g} mm2: {}{}\n", square_millimeters(*areas.sum), fmt::join(known, ", "),
                       unknown.empty() ? "" : fmt::format("; not stated: {}", fmt::join(unknown, ", ")));
}

std::string resources_text(const Machine& machine) {
    const std::optional<Resources> resources = machine.resources();
    if (!resources) return "";
    return fmt::format("{} LUTs, {} block RAMs of 36 Kibit, peak {:.3g} one-bit operations a second{}\n",
                       resources->luts, resources->brams, resources->peak_operations_per_second,
                       resources->remark.empty() ? "" : "\n" + resources->remark);
}

} // namespace

Document with_machine_totals(Document cost, const Machine& machine) {
    for (auto& [key, value] : std::get<Document::Map>(cost.value)) {
        if (key != "total") continue;
        auto& total = std::get<Document::Map>(value.value);
        add_areas(total, machine);
        add_resources(total, machine);
    }
    return cost;
}

std::string machine_totals_text(const Machine& machine) {
    return areas_text(machine) + resources_text(machine);
}

} // namespace tandem::app
