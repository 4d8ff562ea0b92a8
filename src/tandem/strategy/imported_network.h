// What a file of another tool becomes here.
#pragma once

#include <optional>

#include "tandem/network/network.h"
#include "tandem/strategy/strategy.h"

namespace tandem {

struct ImportedNetwork {
    Network network;
    std::optional<Strategy> strategy; ///< calibrated; of a file that comes quantised
};

} // namespace tandem
