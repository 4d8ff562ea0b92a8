// Adversarial examples: images changed a little so that a network errs. How much that takes says how robust
// it is.
#pragma once

#include <cstdint>
#include <string>

namespace tandem {

/// An attack that knows the network and its gradient.
struct Attack {
    /// fgsm: one step along the sign of the loss's gradient (Goodfellow et al. 2015, section 4). pgd: many
    /// smaller ones from a random start, back into the ball after each (Madry et al. 2018, eq. 3).
    std::string method = "pgd";
    double epsilon = 8.0 / 255.0; ///< the most that a pixel changes, as a share of its range
    std::int64_t steps = 10;      ///< of pgd
    double step_size = 0.0; ///< of pgd, as a share of the range; 0: 2.5 * epsilon / steps (Madry et al. 2018)
    std::uint64_t seed = 1; ///< of pgd's starts
    std::string device = "auto"; ///< auto | cpu | cuda
};

} // namespace tandem
