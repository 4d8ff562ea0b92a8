// What a program must know of the processor that compilers' own checks do not tell.
#pragma once

#include <cstdint>

namespace tandem {

/// Tiles for products of matrices (Intel AMX).
enum class TileSupport {
    absent,
    /// The instructions are there, but not the leaf of CPUID that says how large a tile is: some hypervisors
    /// leave it out. Libraries that size their tiles by it, oneDNN among them, end in an illegal instruction.
    undescribed,
    usable, ///< of bytes and of bfloat16
};

/// The registers that tell.
struct TileRegisters {
    std::uint32_t features = 0;     ///< CPUID leaf 7, EDX: bits 22, 24, 25 are AMX-BF16, AMX-TILE, AMX-INT8
    std::uint64_t saved_state = 0;  ///< XCR0: bits 17 and 18 say that the system keeps tiles
    std::uint32_t last_leaf = 0;    ///< CPUID leaf 0, EAX
    std::uint32_t last_palette = 0; ///< CPUID leaf 1DH, EAX; a palette is a way to divide the tiles' memory
};

/// What those registers mean (Intel, Software Developer's Manual, volume 1, chapter 18, and volume 2, CPUID).
TileSupport tile_support_of(const TileRegisters& registers);

/// Of this processor; looked up once.
TileSupport tile_support();

/// Whether vectors multiply numbers of bfloat16 (AVX-512 BF16) at twice the rate of float32. AMD's do (Zen 4
/// on); Intel's take as long for either.
bool has_fast_bfloat16_vectors();

} // namespace tandem
