// What the three kernels for layers do: the share of step_work.h that is theirs, and what applies a factor.
#pragma once

#include <cstddef>
#include <string_view>

#include "tandem/machine/microcontroller/step_work.h"
#include "tandem/numerics/requantization.h"

namespace tandem {

std::vector<Work> layer_work(const CFacts& facts, const LayerFacts& layer, const Target& target);

/// Behind the name of work that multiplies: nothing below one, where scales.h has a short way, else "_up".
std::string_view suffix_of(const FixedPointMultiplier& factor);
/// The same for a channel of a rule; float factors have one way.
std::string_view suffix_of(const Requantization& rule, std::size_t channel);

} // namespace tandem
