#include "tandem/codesign/machine_variants.h"

#include <algorithm>

#include <fmt/format.h>

#include "tandem/codesign/objectives.h"
#include "tandem/core/check.h"

namespace tandem {

namespace {

namespace fs = std::filesystem;

/// Whether narrow operands share a word, so that both of a product must be equally narrow to gain.
bool shares_words(const Machine& machine) {
    const Document description = machine.describe();
    const Document* const element = description.find("processing_element");
    const Document* const kind = element != nullptr ? element->find("kind") : nullptr;
    const auto* const word = kind != nullptr ? kind->get_if<std::string>() : nullptr;
    return word != nullptr && *word == "vectorized";
}

/// The machine with another dataflow. Errors: the family has none, or not that one.
Result<MachinePointer> with_dataflow(const Machine& machine, const MachineVariant& variant) {
    Document description = machine.describe();
    auto& members = std::get<Document::Map>(description.value);
    const auto is_dataflow = [](const auto& member) { return member.first == "dataflow"; };
    const auto found = std::ranges::find_if(members, is_dataflow);
    if (found == members.end()) {
        return bad_input(variant.machine, "dataflow", variant.dataflow,
                         fmt::format("none: machines of the family {} have no choice", machine.family()));
    }
    found->second = Document(variant.dataflow);
    return parse_machine(description, variant.machine);
}

std::string name_of(const Machine& machine, const MachineVariant& variant) {
    std::string name = machine.name();
    if (!variant.dataflow.empty()) name += "-" + variant.dataflow;
    if (variant.batch != 1) name += fmt::format("-batch-{}", variant.batch);
    return name;
}

/// The widths that the machine takes, and whether they are tied.
SpaceOptions space_for(const Job& job, const Machine& machine) {
    SpaceOptions space = job.space;
    const auto is_too_wide = [&](std::int64_t width) { return width > machine.maximum_bits(); };
    std::erase_if(space.weight_bits, is_too_wide);
    std::erase_if(space.activation_bits, is_too_wide);
    if (!job.says_tie) space.tie = shares_words(machine);
    return space;
}

bool is_objective(const Job& job, std::string_view name) {
    return std::ranges::find(job.objectives, name) != job.objectives.end();
}

} // namespace

Result<std::vector<VariantRun>> plan_variants(const Job& job, const std::string& file,
                                              const fs::path& folder) {
    std::vector<VariantRun> runs;
    std::vector<Problem> problems;
    std::optional<EnergyUnit> unit;
    for (std::size_t i = 0; i < job.machines.size(); ++i) {
        const MachineVariant& variant = job.machines[i];
        MachinePointer machine = TANDEM_TRY(load_machine(variant.machine));
        const std::string place = fmt::format("machines[{}]", i);
        const auto refuse = [&](std::string found, std::string expected) {
            problems.push_back({file, place, std::move(found), std::move(expected)});
        };
        VariantRun run{.name = name_of(*machine, variant), .job = job};
        if (!variant.dataflow.empty()) {
            machine = TANDEM_TRY(with_dataflow(*machine, variant));
            run.machine = machine->describe();
        }
        if (std::ranges::find(runs, run.name, &VariantRun::name) != runs.end()) {
            refuse(run.name + " twice", "each machine, dataflow and batch once");
        }
        if (unit && *unit != machine->energy_unit() && is_objective(job, "energy")) {
            refuse("an energy in another unit than that of machines[0]",
                   "machines of one energy_unit, or objectives without energy");
        }
        unit = unit.value_or(machine->energy_unit());
        run.job.name = job.name + ", " + run.name;
        run.job.machines.clear();
        run.job.machine = run.machine
                              ? fs::weakly_canonical(folder / "machines" / (run.name + ".yaml")).string()
                              : variant.machine;
        run.job.batch = variant.batch;
        run.job.space = space_for(job, *machine);
        run.job.says_tie = true;
        const SpaceOptions& space = run.job.space;
        if (space.weight_bits.empty() || space.activation_bits.empty()) {
            refuse(fmt::format("{} of up to {} bits", run.name, machine->maximum_bits()),
                   "widths in space that it has");
        } else if (space.tie && space.weight_bits != space.activation_bits) {
            refuse(run.name + ", which ties the widths of a layer", "equal lists in space, or tie: false");
        }
        runs.push_back(std::move(run));
    }
    if (!problems.empty()) return bad_input(std::move(problems));
    return runs;
}

namespace {

Document::Map describe(const VariantRun& variant) {
    return {{"name", variant.name},
            {"machine", variant.job.machine},
            {"batch", variant.job.batch},
            {"tie", variant.job.space.tie}};
}

} // namespace

Document describe_variant(const VariantRun& variant, const Document& front, std::size_t remembered) {
    Document::Map map = describe(variant);
    map.emplace_back("designs", *front.find("evaluated"));
    map.emplace_back("remembered", remembered);
    map.emplace_back("front", front.find("front")->get_if<Document::List>()->size());
    const Document& chosen = *front.find("chosen");
    map.emplace_back("chosen", chosen);
    for (const Document& details : *front.find("details")->get_if<Document::List>()) {
        if (*details.find("id") != chosen) continue;
        map.emplace_back("test_accuracy", *details.find("test_accuracy"));
        for (const std::string& key : variant.job.objectives) map.emplace_back(key, *details.find(key));
    }
    return map;
}

Document describe_variant(const VariantRun& variant, const std::string& reason) {
    Document::Map map = describe(variant);
    map.emplace_back("reason", reason);
    return map;
}

Document describe_variants(const Job& job, Document::List variants) {
    Document::List objectives;
    for (const Objective* objective : find_objectives(job.objectives)) {
        objectives.push_back(Document::Map{{"key", objective->name},
                                           {"label", objective->label},
                                           {"unit", objective->unit},
                                           {"scale", objective->display_scale}});
    }
    return Document::Map{{"objectives", std::move(objectives)}, {"variants", std::move(variants)}};
}

} // namespace tandem
