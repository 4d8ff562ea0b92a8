// The learning rate over a training run.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tandem {

/// The names of the schedules, of `steps` steps in all:
/// - cosine: after the warm-up half a cosine down to zero (Loshchilov, Hutter, "SGDR", ICLR 2017, eq. 5
///   without restarts);
/// - step: after the warm-up the peak, a tenth of it from half of the steps on, a hundredth from three
/// quarters
///   on (He et al., "Deep residual learning", CVPR 2016, section 4.2);
/// - one-cycle: half a cosine up from a 25th of the peak over the first 30 % of the steps, another down to
///   1/250,000 of it (Smith, Topin, "Super-convergence", 2019, with the shares that libraries use);
/// - constant: the peak, from the first step on.
const std::vector<std::string>& known_schedules();

/// The rate of `step`, which counts from 0. The warm-up rises linearly to `peak` over the first twentieth of
/// all steps.
double learning_rate_at(const std::string& schedule, std::int64_t step, std::int64_t steps, double peak);

} // namespace tandem
