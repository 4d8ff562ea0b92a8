#include "arrays.h"

#include <fmt/format.h>

#include "tandem/codesign/hardware_search.h"
#include "tandem/core/files.h"
#include "tandem/machine/bitserial/bitserial.h"
#include "tandem/report/report.h"

namespace tandem::app {

namespace {

Document to_document(const bitserial::Description& machine, const HardwareCost& cost) {
    return Document::Map{{"machine", machine.name},
                         {"rows", machine.array.rows},
                         {"columns", machine.array.columns},
                         {"dot_product_bits", machine.array.dot_product_bits},
                         {"left_words", machine.buffers.left_words},
                         {"right_words", machine.buffers.right_words},
                         {"compute_cycles", cost.compute_cycles},
                         {"dram_bytes", cost.dram_bytes},
                         {"luts", cost.luts},
                         {"brams", cost.brams}};
}

std::string to_table(const HardwareTable& table, const std::vector<HardwareDesign>& front,
                     std::size_t chosen) {
    std::vector<std::vector<std::string>> rows;
    for (std::size_t i = 0; i < front.size(); ++i) {
        const HardwareCost& cost = front[i].cost;
        rows.push_back({i == chosen ? "->" : "", table.machine(front[i].point).name,
                        fmt::format("{}", cost.compute_cycles), fmt::format("{}", cost.dram_bytes),
                        fmt::format("{}", cost.luts), fmt::format("{}", cost.brams)});
    }
    return format_table({{""},
                         {"array, depths of its buffers"},
                         {"compute cycles", Alignment::right},
                         {"DRAM bytes", Alignment::right},
                         {"LUTs", Alignment::right},
                         {"block RAMs", Alignment::right}},
                        rows);
}

/// A target as the option gives it.
void add_target(CLI::App& app, const std::string& name, std::optional<std::int64_t>& target,
                const std::string& meaning) {
    app.add_option(name, target, meaning)->check(CLI::PositiveNumber);
}

} // namespace

void add_array_options(CLI::App& app, ArrayOptions& options) {
    app.add_flag("--arrays", options.is_asked_for,
                 "choose the bit-serial array for the network; the machine gives the rest");
    app.add_option("--method", options.hardware.method, "of --arrays: exact or nsga2")
        ->check(CLI::IsMember({"exact", "nsga2"}))
        ->capture_default_str();
    HardwareTargets& targets = options.hardware.targets;
    add_target(app, "--compute-cycles", targets.compute_cycles, "of --arrays: most cycles of the array");
    add_target(app, "--dram-bytes", targets.dram_bytes, "of --arrays: most bytes over the DRAM port");
    add_target(app, "--luts", targets.luts, "of --arrays: most LUTs");
    add_target(app, "--brams", targets.brams, "of --arrays: most block RAMs of 36 Kibit");
    app.add_option("-o,--out", options.out, "of --arrays: write the chosen machine to this file (YAML)");
    app.add_flag("--force", options.force, "replace the file if it exists");
}

Result<void> print_arrays(const ArrayOptions& options, const CommonOptions& common, const Workload& workload,
                          const Machine& machine, const std::string& machine_file) {
    const bitserial::Description* base = bitserial_description(machine);
    if (base == nullptr) {
        return bad_input(machine_file, "family", std::string(machine.family()), "bitserial, for --arrays");
    }
    const HardwareTable table(workload, *base, options.hardware.space);
    const std::vector<HardwareDesign> front = options.hardware.method == "exact"
                                                  ? find_hardware_front(table)
                                                  : search_hardware(table, GeneticOptions{});
    const auto feasible = meet_targets(table, front, options.hardware.targets);
    if (!feasible) {
        return failed(machine_file, "", feasible.error().reason, "fewer bits, or looser targets");
    }
    const std::size_t chosen = choose_hardware(*feasible);
    const bitserial::Description best = table.machine((*feasible)[chosen].point);
    if (!options.out.empty()) {
        TANDEM_TRY(write_file(options.out, to_yaml(make_bitserial(best)->describe()),
                              options.force ? Existing::replace : Existing::refuse));
    }
    if (common.json) {
        Document::List list;
        for (const HardwareDesign& design : *feasible) {
            list.push_back(to_document(table.machine(design.point), design.cost));
        }
        return print_json(Document::Map{
            {"arrays", table.space().size()}, {"front", std::move(list)}, {"chosen", best.name}});
    }
    return print(fmt::format("{}{} of {} arrays are on the front and meet the targets{}\n",
                             to_table(table, *feasible, chosen), feasible->size(), table.space().size(),
                             options.out.empty() ? "" : "; -> written to " + options.out));
}

} // namespace tandem::app
