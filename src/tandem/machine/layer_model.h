// One layer on one machine, prepared so that a search can ask for the price of many mappings quickly.
#pragma once

#include <algorithm>
#include <memory>
#include <span>

#include "tandem/core/result.h"
#include "tandem/core/units.h"
#include "tandem/machine/cost.h"
#include "tandem/machine/mapping.h"
#include "tandem/machine/nest.h"

namespace tandem {

/// Energy and time, split at the outermost memory: what its transfers cost, and everything else. The
/// two parts of the energy add, and the parts of the machine work at the same time.
struct Score {
    NormalizedEnergy outermost_energy;
    NormalizedEnergy inner_energy;
    Cycles outermost_cycles;
    Cycles inner_cycles;
    Bits outermost_traffic;           ///< read and written at the outermost memory
    std::int64_t word_operations = 0; ///< of floor() only: operations on full words
    bool fits = true;                 ///< whether the tiles fit the memories they are meant for

    bool operator==(const Score&) const = default;

    NormalizedEnergy energy() const { return outermost_energy + inner_energy; }
    Cycles cycles() const { return std::max(outermost_cycles, inner_cycles); }
};

/// A tiling known to a Scorer: what it looked up once.
struct KnownTiling {
    Tiling tiling;
    std::size_t bypass = 0;
    std::array<std::uint32_t, kDimensions> chains{}; ///< the Scorer's own
    std::size_t state = 0;                           ///< the Scorer's own
};

/// Whether the tiles of a tiling are at most what memories hold: not at all, only while no partial sum comes
/// back to the memory that feeds the array, or always.
enum class Fit { never, without_sums, always };

/// Prices candidates of one layer quickly; it remembers what it computed, so one thread uses it. All
/// tilings are best made known before the first is scored.
class Scorer {
  public:
    virtual ~Scorer() = default;

    /// Judges the tiles alone; orders may still spill partial sums between memories.
    virtual Fit fit(const Tiling& tiling, std::size_t bypass) const = 0;
    virtual KnownTiling know(const Tiling& tiling, std::size_t bypass) = 0;
    /// The least outermost part that any pass and order can have with this tiling, and whether some could
    /// make the tiles fit; the inner part is 0.
    virtual Score outermost_score(const KnownTiling& tiling) const = 0;
    /// The price with each order of MappingSpace::orders, whether or not it fits.
    virtual void score_orders(const KnownTiling& tiling, std::size_t pass, std::span<Score> by_order) = 0;
};

/// Whether a Scorer's scores are what price() charges, or at most that: some accounting charges more for a
/// mapping than what can be known of its parts.
enum class ScoresAre { prices, bounds };

/// The model of one layer. Immutable; all functions may be called from many threads.
///
/// What a search may rely on, for every tiling and pass without bypassed memories, and tested for every
/// family: the inner part is never less than the least one that any order gives with undivided(), and the
/// outermost part never less than outermost_score().
class LayerModel {
  public:
    virtual ~LayerModel() = default;

    virtual const MappingSpace& space() const = 0;
    virtual std::unique_ptr<Scorer> scorer() const = 0;
    virtual ScoresAre scores_are() const = 0;
    /// The candidate as loops.
    virtual Mapping mapping(const Candidate& candidate) const = 0;
    /// The full cost of a mapping, from this space or written by hand. Infeasible when it does not fit,
    /// naming the level, or when its loops do not cover the layer, naming the dimension.
    virtual Outcome<LayerCost> price(const Mapping& mapping) const = 0;
    /// The cost of a nest that another tool printed, level by level. Infeasible as price(), and where the
    /// family has no loops to give.
    virtual Outcome<NestCost> price_nest(const LoopNest& nest) const = 0;
    /// Bits of each operand in each memory that holds a tile of it, by memory.
    virtual Outcome<std::vector<std::array<Bits, kOperands>>> occupancy(const Mapping& mapping) const = 0;
    /// Why nothing fits, once a search has found that nothing does.
    virtual Infeasible nothing_fits() const = 0;
    /// What no mapping at all can go below: every operation done, every operand moved once.
    virtual Score floor() const = 0;
};

} // namespace tandem
