// The front of everything seen so far, kept point by point.
#pragma once

#include <span>
#include <vector>

#include "tandem/search/front.h"

namespace tandem {

class FrontArchive {
  public:
    /// `reference` of the hypervolume; empty: none is kept.
    explicit FrontArchive(Objectives reference) : reference_(std::move(reference)) {}

    /// Takes a design; feasible ones without violation join the front unless a member is nowhere worse.
    /// Whether it joined.
    bool add(const Evaluation& evaluation);

    const std::vector<Objectives>& points() const { return points_; }
    /// Of the front; 0 without a reference. Grown point by point, so the order of arrival decides the
    /// last bits.
    double hypervolume() const { return hypervolume_; }

  private:
    Objectives reference_;
    std::vector<Objectives> points_;
    double hypervolume_ = 0.0;
};

} // namespace tandem
