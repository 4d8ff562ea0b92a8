// The attacks of attack.h on a GraphModule.
#pragma once

#include <atomic>
#include <span>
#include <vector>

#include "tandem/core/progress.h"
#include "tandem/core/result.h"
#include "tandem/data/dataset.h"
#include "tandem/network/network.h"
#include "tandem/training/attack.h"

namespace tandem {

/// As Trainer::attack promises.
[[nodiscard]] Result<std::vector<float>>
attack_samples(const Attack& attack, const Network& network, std::span<const float> samples,
               std::span<const std::int32_t> labels, const PixelRange& range,
               const std::atomic<bool>& interrupted, Progress& progress);

} // namespace tandem
