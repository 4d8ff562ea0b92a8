// The Cost: what a machine charges for a workload, layer by layer and in total.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tandem/core/document.h"
#include "tandem/core/result.h"
#include "tandem/core/units.h"
#include "tandem/machine/image_cost.h"
#include "tandem/workload/workload.h"

namespace tandem {

/// What moved across one level and what that cost. Levels are named by the machine, outermost first
/// ("dram", "buffer", "array", "registers").
struct LevelTraffic {
    std::string level;
    std::array<Bits, kOperands> read{};    ///< by Operand
    std::array<Bits, kOperands> written{}; ///< by Operand
    NormalizedEnergy energy;
    Cycles cycles{};                                      ///< that the level alone would take; 0 if none
    std::array<std::int64_t, kOperands> read_values{};    ///< by Operand
    std::array<std::int64_t, kOperands> written_values{}; ///< by Operand

    bool operator==(const LevelTraffic&) const = default;
};

/// What one level adds to the time of everything inside it.
struct LevelLatency {
    std::string level;
    Cycles fill{};              ///< until the first tile is in
    Cycles stall{};             ///< while what lies inside waits for transfers
    Cycles drain{};             ///< after the last outputs are computed
    std::string slowest_port{}; ///< "buffer", "dram read"; empty where no port limits

    bool operator==(const LevelLatency&) const = default;
};

/// Time from the first value that leaves the outermost memory to the last one that comes back: the compute
/// cycles and what each level adds.
struct Latency {
    Cycles cycles;
    std::vector<LevelLatency> levels; ///< outermost first, the array last

    bool operator==(const Latency&) const = default;
};

/// The cost of one layer.
struct LayerCost {
    Cycles cycles; ///< compute and stall; with fill and drain where the machine's accounting says so
    Cycles compute_cycles;
    NormalizedEnergy compute_energy;   ///< of the multiply-accumulates alone
    std::vector<LevelTraffic> traffic; ///< outermost level first
    double utilization = 0.0;          ///< multiply-accumulates done / possible at these widths
    std::optional<Latency> latency{};  ///< none: the family does not follow tiles

    bool operator==(const LayerCost&) const = default;

    NormalizedEnergy energy() const;
};

/// The unit of every energy of a machine. NormalizedEnergy carries both; its machine says which.
enum class EnergyUnit { mac16, picojoules };

/// The silicon of one part of a machine; none: its file does not say.
struct PartArea {
    std::string part;
    std::optional<SquareMicrometers> area{};

    bool operator==(const PartArea&) const = default;
};

struct Cost {
    EnergyUnit energy_unit = EnergyUnit::mac16;
    std::optional<Hertz> clock{}; ///< where the machine has one
    std::vector<std::string> layer_names;
    std::vector<LayerCost> layers;
    Bits weight_storage;
    /// Of a machine that runs programs, which has no schedules: no layers are priced, neither time nor
    /// energy.
    std::optional<ImageCost> image{};

    Cycles cycles() const;
    Cycles compute_cycles() const;
    NormalizedEnergy energy() const;
    /// Read and written at the outermost level, in whole bytes of each layer.
    Bytes outermost_bytes() const;
};

/// Of an image as image_cost.h has it. Else `layers[]` and `total` with `dram_bytes`, the traffic of the
/// outermost level; energies as `energy_mac16` or `energy_picojoules`, `latency_seconds` where the machine
/// has a clock.
Document to_document(const Cost& cost);

} // namespace tandem
