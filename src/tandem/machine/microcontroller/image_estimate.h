// What an image will take and how much it runs, without a compiler: for searches, which ask for thousands of
// networks.
#pragma once

#include <string>
#include <vector>

#include "tandem/engine/integer_program.h"
#include "tandem/machine/image_cost.h"
#include "tandem/machine/microcontroller/board.h"
#include "tandem/machine/microcontroller/encoded_weights.h"

namespace tandem {

/// The kernels that a program needs, as part_sizes.h names them: "max_pool", and with the widths of its
/// weights "layer_48".
std::vector<std::string> kernel_parts(const IntegerProgram& program, WeightStorage storage);

/// With plain weights. Padding between sections is left out.
ImageCost estimate_image(const IntegerProgram& program, const Board& board);

} // namespace tandem
