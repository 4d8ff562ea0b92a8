#include "tandem/training/schedule.h"

#include <cmath>
#include <numbers>

#include "tandem/core/check.h"

namespace tandem {

namespace {

/// From `first` to `last` along half a cosine.
double along_cosine(double first, double last, double progress) {
    return last + 0.5 * (first - last) * (1.0 + std::cos(std::numbers::pi * progress));
}

double one_cycle(double progress, double peak) {
    constexpr double kRise = 0.3;
    const double start = peak / 25.0;
    if (progress < kRise) return along_cosine(start, peak, progress / kRise);
    return along_cosine(peak, start / 1e4, (progress - kRise) / (1.0 - kRise));
}

} // namespace

const std::vector<std::string>& known_schedules() {
    static const std::vector<std::string> kSchedules{"constant", "cosine", "one-cycle", "step"};
    return kSchedules;
}

double learning_rate_at(const std::string& schedule, std::int64_t step, std::int64_t steps, double peak) {
    TANDEM_CHECK(step >= 0 && step < steps, "a step of the schedule");
    const double done = static_cast<double>(step) / static_cast<double>(steps);
    if (schedule == "constant") return peak;
    if (schedule == "one-cycle") return one_cycle(done, peak);
    // Batch normalisation has seen nothing yet at the start: full steps then throw the network far off.
    const std::int64_t warm_up = steps / 20;
    if (step < warm_up) {
        return peak * static_cast<double>(step + 1) / static_cast<double>(warm_up + 1);
    }
    if (schedule == "step") return done < 0.5 ? peak : (done < 0.75 ? peak / 10.0 : peak / 100.0);
    TANDEM_CHECK(schedule == "cosine", "a known schedule");
    return along_cosine(peak, 0.0,
                        static_cast<double>(step - warm_up) / static_cast<double>(steps - warm_up));
}

} // namespace tandem
