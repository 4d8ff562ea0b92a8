// The search for schedules: the best mapping of a layer on a machine, with proof, and the cost of
// a whole workload, each distinct (layer, machine) pair priced once.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/document.h"
#include "tandem/core/result.h"
#include "tandem/machine/cost.h"
#include "tandem/machine/machine.h"
#include "tandem/machine/mapping.h"
#include "tandem/workload/workload.h"

namespace tandem {

/// What the mapper minimises. Equal figures are told apart by a second one: energy by cycles, cycles by
/// energy, DRAM traffic by energy and then cycles, energy-delay by energy.
enum class MappingGoal { energy, cycles, energy_delay, dram };
inline constexpr std::array<MappingGoal, 4> kAllMappingGoals{MappingGoal::energy, MappingGoal::cycles,
                                                             MappingGoal::energy_delay, MappingGoal::dram};
/// "energy", "cycles", "edp", "dram".
std::string_view to_string(MappingGoal goal);
std::optional<MappingGoal> parse_mapping_goal(std::string_view word);
/// "cycles,energy": the goal and what tells equal figures apart; none when a word is no goal, comes again, or
/// is the fourth.
std::optional<std::vector<MappingGoal>> parse_mapping_goals(std::string_view words);

struct MappingOptions {
    MappingGoal goal = MappingGoal::energy_delay;
    /// What tells equal figures apart, first figure first, in place of the goal's own choice; at most two
    /// count.
    std::vector<MappingGoal> then{};
    std::optional<Cycles> most_cycles{}; ///< a mapping that takes longer does not count
    /// Stops after this many mappings; the gap then says how far from the optimum the best may be.
    std::optional<std::int64_t> most_mappings{};
};

/// How a search went.
struct SearchRecord {
    double space_size = 0.0;          ///< mappings in the stated space, fitting or not
    std::int64_t mappings_priced = 0; ///< of those, priced one by one; the others are ruled out by a bound
    double best = 0.0;                ///< the goal's first figure: energy, cycles, their product, or bits
    double lower_bound = 0.0;         ///< no mapping of the space has less
    bool is_complete = false;         ///< whether the best is proved to be the optimum of the space

    bool operator==(const SearchRecord&) const = default;

    /// How far the best may be above the optimum, as a share of the best.
    double gap() const { return best > 0.0 ? (best - lower_bound) / best : 0.0; }
};

struct MappedLayer {
    Mapping mapping;
    LayerCost cost;
    SearchRecord search;
};

/// What a goal minimises, of a cost: energy, cycles, their product, or bits off chip.
double goal_figure(const LayerCost& cost, MappingGoal goal);

/// The best mapping of one layer, proved to be so unless options stop the search. Deterministic: ties go to
/// the first in a stated order. Infeasible, naming the level and the tile, when nothing fits.
Outcome<MappedLayer> map_layer(const LayerWork& work, const Machine& machine, const MappingOptions& options);
Outcome<MappedLayer> map_layer(const LayerWork& work, const Machine& machine, MappingGoal goal);

/// The same by pricing every mapping of the space on its own, without bounds and without what a search
/// remembers. Infeasible when the space has more than `most_mappings`.
Outcome<MappedLayer> map_layer_by_brute_force(const LayerWork& work, const Machine& machine,
                                              const MappingOptions& options, std::int64_t most_mappings);

/// A schedule that was found, to be kept beyond this process. The text holds the mapping and how its search
/// went; the cost is priced again from it.
struct KeptSchedule {
    std::string key; ///< hash of layer, machine, options and version
    std::string text;

    bool operator==(const KeptSchedule&) const = default;
};

/// Prices workloads on one machine and remembers each distinct layer. Safe to call from many threads.
class Estimator {
  public:
    Estimator(MachinePointer machine, MappingGoal goal);
    Estimator(MachinePointer machine, MappingOptions options);
    ~Estimator();

    /// The cost of a workload; infeasible with the layer's name in front of the reason.
    Outcome<Cost> estimate(const Workload& workload) const;
    /// The mapping and cost of one layer.
    Outcome<MappedLayer> map(const LayerWork& work) const;
    /// Distinct layers priced so far.
    std::size_t layers_priced() const;
    /// Of those, layers whose schedule was searched here and not recalled.
    std::size_t layers_searched() const;

    /// Takes schedules that an earlier process kept; each is priced when its layer is asked for. What belongs
    /// to another machine, to other options or to another version, or cannot be read, is passed over.
    void recall(std::vector<KeptSchedule> schedules) const;
    /// The schedules that were searched or recalled since the last call, by key.
    std::vector<KeptSchedule> take_found() const;

  private:
    struct Memory;
    MachinePointer machine_;
    MappingOptions options_;
    std::unique_ptr<Memory> memory_;
};

/// The mapping as a JSON tree, which reads back equal, and as an indented loop nest for people.
Document to_document(const Mapping& mapping);
[[nodiscard]] Result<Mapping> parse_mapping(const Document& document, const std::string& file);
std::string to_loop_nest(const Mapping& mapping, const MappingSpace& space);
/// How a search went, as a JSON tree and in one line.
Document to_document(const SearchRecord& search);
std::string to_text(const SearchRecord& search);

} // namespace tandem
