// Whether an image fits its board, and what to say of one that does not.
#pragma once

#include <optional>
#include <string>

#include "tandem/core/result.h"
#include "tandem/core/units.h"
#include "tandem/engine/integer_program.h"
#include "tandem/machine/image_cost.h"
#include "tandem/machine/microcontroller/board.h"

namespace tandem {

/// What the linker script sets aside for the stack.
inline constexpr Bytes kStackBytes = Bytes(4096);

/// A memory that is too small.
struct ImageOverflow {
    std::string memory; ///< "flash" or "RAM"
    Bytes needed;
    Bytes available;

    bool operator==(const ImageOverflow&) const = default;
};

/// Of an image with so much in flash, and so much in RAM beside the stack. None: it fits.
std::optional<ImageOverflow> find_overflow(Bytes flash, Bytes static_ram, const Board& board);

/// "an image that needs 300000 bytes of RAM, 37856 too many; the network keeps most, 200704 bytes, while it
/// computes conv1"; of flash the layer with most weights.
std::string describe_overflow(const ImageOverflow& overflow, const IntegerProgram& program);

/// The cost of a program's image. Infeasible, as above with the board's name, where a memory is too small,
/// and where generated C has no such arithmetic.
Outcome<ImageCost> price_image(const IntegerProgram& program, const Board& board);

} // namespace tandem
