// What one image costs of those that a machine takes together.
#pragma once

#include <cstdint>

#include "tandem/machine/cost.h"

namespace tandem {

/// Of the cost of `batch` images one image's share: everything but the storage of weights, whole numbers
/// rounded up.
Cost per_image(Cost cost, std::int64_t batch);

} // namespace tandem
