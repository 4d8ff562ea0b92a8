// The learning rate over a training run.
#pragma once

#include <cstdint>

namespace tandem {

/// Linear warm-up to `peak` over the first twentieth of all steps, then half a cosine down to zero
/// (Loshchilov, Hutter, "SGDR", ICLR 2017, eq. 5 without restarts). `step` counts from 0.
double learning_rate_at(std::int64_t step, std::int64_t steps, double peak);

} // namespace tandem
