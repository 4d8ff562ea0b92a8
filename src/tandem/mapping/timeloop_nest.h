// The loop nests that Timeloop 3 prints (`*.map.txt`): levels with what they keep, and loops under them.
#pragma once

#include <string>
#include <string_view>

#include "tandem/core/result.h"
#include "tandem/machine/nest.h"
#include "tandem/workload/workload.h"

namespace tandem {

/// Whether a text begins as such a nest does, with "NAME [ ... ]".
bool is_timeloop_nest(std::string_view text);

/// Reads the nest of `work`. A level is "NAME [ Weights:36 (36) Inputs:8 (8) Outputs:4 (4) ]" with the
/// operands that it keeps, in values; a loop "| for K in [0:4)", " (Spatial-X)" (columns) or " (Spatial-Y)"
/// (rows) behind it where it is unrolled. Lines of dashes, empty lines and "<< Compute >>" are passed over.
/// Dimensions are Timeloop's: N C G, K or M, P and Q outputs, R and S taps; P and R run along columns as in
/// its own layer shape, or along rows where only that gives the layer's extents. Ours (OX OY FX FY) are read
/// too. "[0:4,2)" runs twice where all loops of its dimension further out are in their last iteration.
/// Errors: every line that is none of these, with its number.
[[nodiscard]] Result<LoopNest> parse_timeloop_nest(std::string_view text, const std::string& file,
                                                   const LayerWork& work);

} // namespace tandem
