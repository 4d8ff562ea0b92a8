// A flow through the levels of abstraction: targets that a level meets are tried at the next finer one,
// targets that it cannot meet send the designer back to the coarser one, with the reason.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tandem/mapping/abstraction.h"

namespace tandem {

/// What the whole workload may take at most; none: anything.
struct Targets {
    std::optional<Cycles> cycles{};
    std::optional<NormalizedEnergy> energy{};
    std::optional<Bytes> outermost_traffic{}; ///< read and written off chip

    bool operator==(const Targets&) const = default;
};

/// Where the flow goes from a level.
enum class Move { refine, done, back };
/// "refine", "done", "back".
std::string_view to_string(Move move);

/// One level that the flow stood at.
struct RefinementStep {
    AbstractionLevel level = AbstractionLevel::coarse;
    Abstract total; ///< of all layers; what was added up before a layer that does not fit
    Move move = Move::done;
    std::string reason; ///< in one sentence

    bool operator==(const RefinementStep&) const = default;
};

/// The levels from the coarsest one on, until one cannot meet the targets or the finest meets them. No figure
/// falls when a level is refined, so a target that a level misses is missed at all finer ones: the flow stops
/// there. The reason names the figure that misses by most with the layer that takes most of it, or the layer
/// that does not fit, and what of the machine or the network only can help.
std::vector<RefinementStep> refine(const Workload& workload, const Machine& machine, const Targets& targets,
                                   const MappingOptions& options);

Document to_document(const std::vector<RefinementStep>& steps, EnergyUnit unit);

} // namespace tandem
