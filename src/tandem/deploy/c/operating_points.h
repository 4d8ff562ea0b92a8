// What one image runs: the program of a network under one strategy, or several programs for one task, the
// operating points, between which the application chooses at run time.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "tandem/core/result.h"
#include "tandem/engine/integer_program.h"

namespace tandem {

struct OperatingPoint {
    std::string name; ///< lower-case letters, digits and '_', a letter first; empty where there is but one
    IntegerProgram program;
};

/// At least one point; the first is the one that runs unless another is asked for.
class OperatingPoints {
  public:
    /// One without a name. Implicit, for that is what most images run.
    OperatingPoints(IntegerProgram program); // NOLINT(google-explicit-constructor)
    /// Named ones, which check_operating_points took.
    explicit OperatingPoints(std::vector<OperatingPoint> points);

    std::span<const OperatingPoint> all() const { return points_; }
    std::size_t size() const { return points_.size(); }
    /// Whether an application can choose: the points have names.
    bool are_named() const { return !points_.front().name.empty(); }
    const IntegerProgram& first() const { return points_.front().program; }
    /// The one that keeps most between its steps.
    const IntegerProgram& largest() const;

  private:
    std::vector<OperatingPoint> points_;
};

/// Whether the points can share an image: names as C takes them and each once, programs that C can compute,
/// all by one kind of arithmetic, which take the same integers in and give as many of the same type out. They
/// need not be of one network. The errors say which point differs from the first, and how.
[[nodiscard]] Result<void> check_operating_points(std::span<const OperatingPoint> points);

} // namespace tandem
