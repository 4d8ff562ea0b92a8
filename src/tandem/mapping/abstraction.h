// The same machine at three levels of abstraction. Each level adds what the one before leaves out, so no
// figure falls when a level is refined.
#pragma once

#include <optional>
#include <string_view>

#include "tandem/core/document.h"
#include "tandem/core/result.h"
#include "tandem/machine/machine.h"
#include "tandem/mapping/mapper.h"
#include "tandem/workload/workload.h"

namespace tandem {

/// `coarse`: the operations at the precisions given, each operand moved once. `mid`: adds the sizes of the
/// memories and the off-chip bandwidth; the best tiling and order of tiles, with compute that never waits.
/// `fine`: adds the array, the registers, the dataflow and the interconnect.
enum class AbstractionLevel { coarse, mid, fine };
std::string_view to_string(AbstractionLevel level);
std::optional<AbstractionLevel> parse_abstraction_level(std::string_view word);

/// What the levels have in common.
struct Abstract {
    Operations operations;              ///< multiply-accumulates
    double fractional_operations = 0.0; ///< operations / speed-up of the elements at these widths
    Bits outermost_traffic;             ///< read and written off chip
    Cycles cycles;
    NormalizedEnergy energy; ///< arithmetic and off-chip transfers; everything at the fine level

    bool operator==(const Abstract&) const = default;

    /// Operations for a byte moved off chip.
    double operations_per_byte() const;
    /// Layer after layer.
    Abstract& operator+=(const Abstract& other);
};

/// One layer at one level. Infeasible where no tiling fits (mid) or no mapping does (fine).
Outcome<Abstract> estimate_layer(const LayerWork& work, const Machine& machine, AbstractionLevel level,
                                 const MappingOptions& options);

Document to_document(const Abstract& estimate, EnergyUnit unit);

} // namespace tandem
