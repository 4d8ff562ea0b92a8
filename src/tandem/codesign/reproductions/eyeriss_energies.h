// The analysis that Eyeriss came from: energy of AlexNet's convolutions on a row-stationary array of 16 x 16,
// batch 16.
#pragma once

#include <vector>

#include "tandem/codesign/reproduction.h"
#include "tandem/core/result.h"

namespace tandem::reproductions {

/// Energy of arithmetic, DRAM and registers of CONV1 to CONV5 beside the published figures (Chen et al., ISCA
/// 2016), in 1e9 multiply-accumulates. Each layer runs under the schedule of least energy with the
/// publication's costs.
Result<std::vector<ReproducedFigure>> compare_eyeriss_energies();

} // namespace tandem::reproductions
