// Targets tried level by level, as HW-FlowQ refines and abstracts back: a design is priced at the coarsest
// level first and goes on to a finer one only when it meets every target there. No figure falls when a level
// is refined (mapping/abstraction.h), so what a coarse level stops could not have met its targets, and no
// schedule is searched and no image scored for it.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "tandem/core/fields.h"
#include "tandem/core/hash.h"
#include "tandem/mapping/abstraction.h"
#include "tandem/mapping/refinement.h"

namespace tandem {

/// What no design may exceed; none: anything. Energy is in the machine's unit.
struct RefineTargets {
    std::optional<std::int64_t> cycles;
    std::optional<double> energy;
    std::optional<std::int64_t> dram_bytes;

    bool operator==(const RefineTargets&) const = default;
};
void describe(Fields& fields, RefineTargets& targets);

/// Safe to use from many threads; remembers each distinct layer.
class LevelScreen {
  public:
    LevelScreen(MachinePointer machine, RefineTargets targets);

    /// Why the design goes back from the coarse or the mid level; none: both meet every target, or the layer
    /// has to be judged by the finest. The text names level and target but no figure of the design, so that a
    /// run can count what each level sent back.
    std::optional<Infeasible> sent_back(const Workload& workload) const;

    /// The same of the finest level, which has been priced.
    std::optional<Infeasible> sent_back(const Cost& cost) const;

  private:
    struct Memory {
        std::mutex mutex;
        std::map<std::pair<AbstractionLevel, ContentHash>, Outcome<Abstract>> layers;
    };
    Outcome<Abstract> estimate(const LayerWork& work, AbstractionLevel level) const;
    std::optional<Infeasible> judge(AbstractionLevel level, double cycles, double energy, double bytes) const;

    MachinePointer machine_;
    RefineTargets targets_;
    std::unique_ptr<Memory> memory_;
};

} // namespace tandem
