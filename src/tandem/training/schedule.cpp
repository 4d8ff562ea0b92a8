#include "tandem/training/schedule.h"

#include <cmath>
#include <numbers>

#include "tandem/core/check.h"

namespace tandem {

double learning_rate_at(std::int64_t step, std::int64_t steps, double peak) {
    TANDEM_CHECK(step >= 0 && step < steps, "a step of the schedule");
    // Batch normalisation has seen nothing yet at the start: full steps then throw the network far off.
    const std::int64_t warm_up = steps / 20;
    if (step < warm_up) {
        return peak * static_cast<double>(step + 1) / static_cast<double>(warm_up + 1);
    }
    const double progress = static_cast<double>(step - warm_up) / static_cast<double>(steps - warm_up);
    return 0.5 * peak * (1.0 + std::cos(std::numbers::pi * progress));
}

} // namespace tandem
