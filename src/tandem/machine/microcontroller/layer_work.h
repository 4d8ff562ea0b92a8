// What the three kernels for layers do: the share of step_work.h that is theirs.
#pragma once

#include "tandem/machine/microcontroller/step_work.h"

namespace tandem {

std::vector<Work> layer_work(const CFacts& facts, const LayerFacts& layer, const Target& target);

} // namespace tandem
