#include "tandem/codesign/array_choice.h"

namespace tandem {

Outcome<HardwareDesign> choose_array(const Workload& workload, const bitserial::Description& base,
                                     const HardwareOptions& options, std::uint64_t seed) {
    const HardwareTable table(workload, base, options.space);
    const std::vector<HardwareDesign> front =
        options.method == "nsga2"
            ? search_hardware(
                  table, {.population = options.population, .generations = options.generations, .seed = seed})
            : find_hardware_front(table);
    const std::vector<HardwareDesign> feasible = TANDEM_TRY(meet_targets(table, front, options.targets));
    return feasible[choose_hardware(feasible)];
}

HardwareCost hardware_cost(const Cost& cost, const Machine& machine) {
    const Resources resources = machine.resources().value();
    return {.compute_cycles = cost.compute_cycles().value,
            .dram_bytes = cost.outermost_bytes().value,
            .luts = resources.luts,
            .brams = resources.brams};
}

} // namespace tandem
