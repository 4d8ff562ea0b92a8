// `tandem map --level` and `--refine`: the figures of less of the machine, and the flow from level to level.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "command.h"
#include "tandem/machine/machine.h"
#include "tandem/mapping/mapper.h"
#include "tandem/workload/workload.h"

namespace tandem::app {

struct LevelOptions {
    std::string level = "fine";
    bool refines = false;
    std::optional<std::int64_t> target_cycles;
    std::optional<double> target_energy;
    std::optional<std::int64_t> target_dram_bytes;
};

void add_level_options(CLI::App& app, LevelOptions& options);

/// A layer without a schedule.
struct Misfit {
    std::string layer;
    Infeasible reason;
};

/// The figures of the level asked for, below the finest; or the layer that does not fit.
Result<std::optional<Misfit>> print_abstract(const LevelOptions& options, const CommonOptions& common,
                                             const Workload& workload, const Machine& machine,
                                             const MappingOptions& goal);

/// Every level that the flow stands at. Fails when the targets cannot be met.
Result<void> print_refinement(const LevelOptions& options, const CommonOptions& common,
                              const Workload& workload, const Machine& machine, const MappingOptions& goal);

} // namespace tandem::app
