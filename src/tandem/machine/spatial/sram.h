// Energies of on-chip memories by size, word width and technology, for machine files that ask for them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace tandem::spatial {

/// Technology nodes with a table, in nanometres.
inline constexpr std::array<std::int64_t, 4> kSramNodes{22, 32, 45, 65};
inline constexpr std::int64_t kLeastSramBytes = 1024;
inline constexpr std::int64_t kMostSramBytes = 4194304;
inline constexpr std::int64_t kLeastSramWordBits = 16;
inline constexpr std::int64_t kMostSramWordBits = 128;

struct SramEnergy {
    double read_picojoules = 0.0;
    double write_picojoules = 0.0;

    bool operator==(const SramEnergy&) const = default;
};

/// One access of one word of a scratchpad of low standby power (device class LSTP), as CACTI 7 gives it: 1
/// bank, 1 read-write port, 350 K. Between the table's sizes and widths energies are interpolated along the
/// logarithms. None outside the ranges above.
std::optional<SramEnergy> estimate_sram_energy(std::int64_t technology_nm, std::int64_t size_bytes,
                                               std::int64_t word_bits);

} // namespace tandem::spatial
