// The search for schedules: the least-energy-delay mapping of a layer on a machine, and the cost of
// a whole workload, each distinct (layer, machine) pair priced once.
#pragma once

#include <memory>
#include <string>

#include "tandem/core/document.h"
#include "tandem/core/result.h"
#include "tandem/machine/cost.h"
#include "tandem/machine/machine.h"
#include "tandem/machine/mapping.h"
#include "tandem/workload/workload.h"

namespace tandem {

struct MappedLayer {
    Mapping mapping;
    LayerCost cost;
    std::int64_t mappings_priced = 0; ///< candidates tried
};

/// What the mapper minimises.
enum class MappingGoal { energy, cycles, energy_delay };

/// The best mapping of one layer. Deterministic: ties go to the first in a stated order.
/// Infeasible, naming the level and the tile, when nothing fits.
Outcome<MappedLayer> map_layer(const LayerWork& work, const Machine& machine, MappingGoal goal);

/// Prices workloads on one machine and remembers each distinct layer. Safe to call from many threads.
class Estimator {
  public:
    Estimator(MachinePointer machine, MappingGoal goal);
    ~Estimator();

    /// The cost of a workload; infeasible with the layer's name in front of the reason.
    Outcome<Cost> estimate(const Workload& workload) const;
    /// The mapping and cost of one layer.
    Outcome<MappedLayer> map(const LayerWork& work) const;
    /// Distinct layers priced so far.
    std::size_t layers_priced() const;

  private:
    struct Memory;
    MachinePointer machine_;
    MappingGoal goal_;
    std::unique_ptr<Memory> memory_;
};

/// The mapping as a JSON tree, and as an indented loop nest for people.
Document to_document(const Mapping& mapping);
std::string to_loop_nest(const Mapping& mapping, const MappingSpace& space);

} // namespace tandem
