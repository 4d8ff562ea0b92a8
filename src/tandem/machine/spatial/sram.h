// Energies and areas of on-chip memories by size, word width and technology, for machine files that ask for
// them.
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

struct SramFigures {
    double read_picojoules = 0.0;  ///< of one word
    double write_picojoules = 0.0; ///< of one word
    double area_square_millimeters = 0.0;

    bool operator==(const SramFigures&) const = default;
};

/// One access of one word of a scratchpad of low standby power (device class LSTP), and its area, as CACTI 7
/// gives them: 1 bank, 1 read-write port, 350 K. Between the table's sizes and widths figures are
/// interpolated along the logarithms. None outside the ranges above.
std::optional<SramFigures> estimate_sram(std::int64_t technology_nm, std::int64_t size_bytes,
                                         std::int64_t word_bits);

} // namespace tandem::spatial
