// The search for an array for a fixed network: NSGA-II as AnaCoNGA runs it, and an exact one, which the
// smallness of the space allows and against which the genetic one is measured.
#pragma once

#include <cstdint>
#include <vector>

#include "tandem/codesign/hardware_space.h"

namespace tandem {

struct HardwareDesign {
    HardwarePoint point;
    HardwareCost cost;

    bool operator==(const HardwareDesign&) const = default;
};

/// Every array that no other one beats, by rising cycles (then traffic, LUTs, block RAMs); of equal costs
/// the one with the shallower buffers. Targets are not looked at.
std::vector<HardwareDesign> find_hardware_front(const HardwareTable& table);

struct GeneticOptions {
    std::int64_t population = 200;  ///< AnaCoNGA
    std::int64_t generations = 200; ///< AnaCoNGA
    double crossover_probability = 0.9;
    double mutation_probability = 0.2; ///< a gene; one over their number
    std::uint64_t seed = 1;
};

/// NSGA-II (Deb et al. 2002) with uniform crossover over rows, columns, dot product and both depths;
/// an array that does not hold the network loses to any that does. The front of the last population, in
/// the order of find_hardware_front().
std::vector<HardwareDesign> search_hardware(const HardwareTable& table, const GeneticOptions& options);

/// The designs that meet the targets; where none does, why: the targets missed by the design that comes
/// nearest, its array, and which target alone cannot be met by any.
Outcome<std::vector<HardwareDesign>> meet_targets(const HardwareTable& table,
                                                  const std::vector<HardwareDesign>& front,
                                                  const HardwareTargets& targets);

/// The design of a front, not empty, that is farthest from its worst corner, figures scaled to [0, 1].
std::size_t choose_hardware(const std::vector<HardwareDesign>& front);

/// How much of a front another one finds: the share of the hypervolume, figures scaled to the true
/// front's, and how many of its designs.
struct FrontGap {
    double hypervolume_share = 0.0;
    std::size_t found = 0;
};
FrontGap measure_gap(const std::vector<HardwareDesign>& front, const std::vector<HardwareDesign>& truth);

} // namespace tandem
