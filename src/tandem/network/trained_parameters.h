// How many numbers of a network training adjusts: what publications call its parameters.
#pragma once

#include <cstdint>

#include "tandem/network/network.h"

namespace tandem {

/// Elements of the float parameters, but for the running mean and variance of a BatchNormalization (its
/// inputs 3 and 4), which are statistics, the bounds of a Clip and the factors of a Resize or Upsample.
std::int64_t trained_parameters(const Network& network);

} // namespace tandem
