// What `tandem map` says of a network on a board: flash and RAM of its image, step by step.
#pragma once

#include <string>

#include "command.h"
#include "scoring.h"
#include "tandem/machine/microcontroller/board.h"

namespace tandem::app {

/// Prints what the image would take, without a compiler. Errors: a network without a strategy; one that does
/// not fit, which is printed as JSON too where that is asked for.
[[nodiscard]] Result<void> print_board_image(const std::string& network, const Board& board,
                                             const StrategyOptions& strategy, const CommonOptions& common);

} // namespace tandem::app
