// One layer on one machine, prepared so that a search can ask for the price of many mappings quickly.
#pragma once

#include <algorithm>

#include "tandem/core/result.h"
#include "tandem/core/units.h"
#include "tandem/machine/cost.h"
#include "tandem/machine/mapping.h"

namespace tandem {

/// Energy and time, split at the outermost memory: what its transfers cost, and everything else. The
/// two parts of the energy add, and the parts of the machine work at the same time.
struct Score {
    NormalizedEnergy outermost_energy;
    NormalizedEnergy inner_energy;
    Cycles outermost_cycles;
    Cycles inner_cycles;
    bool fits = true; ///< whether the tile fits the memory it is meant for

    bool operator==(const Score&) const = default;

    NormalizedEnergy energy() const { return outermost_energy + inner_energy; }
    Cycles cycles() const { return std::max(outermost_cycles, inner_cycles); }
};

/// The model of one layer. Immutable; all functions may be called from many threads.
///
/// What a search may rely on, for every tiling and pass, and tested for every family:
/// - the inner part is never less than the least one that any order gives with the whole layer as its
///   tile, and the outermost part never less than that of the whole layer;
/// - the outermost part depends on the tiling alone.
class LayerModel {
  public:
    virtual ~LayerModel() = default;

    virtual const MappingSpace& space() const = 0;
    /// The price of a candidate of the space, whether or not it fits.
    virtual Score score(const Candidate& candidate) const = 0;
    /// The outermost part alone; `fits` says whether some pass and order could make the tile fit, and
    /// the inner part is 0.
    virtual Score outermost_score(const Tiling& tiling) const = 0;
    /// The candidate as loops.
    virtual Mapping mapping(const Candidate& candidate) const = 0;
    /// The full cost of a mapping, from this space or written by hand. Infeasible when it does not fit,
    /// naming the level, or when its loops do not cover the layer, naming the dimension.
    virtual Outcome<LayerCost> price(const Mapping& mapping) const = 0;
    /// Why nothing fits, once a search has found that nothing does.
    virtual Infeasible nothing_fits() const = 0;
};

} // namespace tandem
