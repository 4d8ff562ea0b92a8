#include "tandem/codesign/compression/east.h"

#include <algorithm>
#include <cmath>

#include "tandem/codesign/compression/group_pruning.h"
#include "tandem/codesign/compression/weight_encoding.h"

namespace tandem {

namespace {

constexpr double kFirstSparsity = 0.30;
constexpr double kStep = 0.01; ///< an epoch, halved twice
constexpr double kFirstHalving = 20.0;
constexpr double kSecondHalving = 50.0;
constexpr double kEpochsAGroupSize = 10.0;
constexpr double kMostSparsity = 0.999;
constexpr double kResolution = 0.001; ///< of the least sparsity that fits

/// The epoch of the published schedule, which counts from 0.
double published_epoch(std::int64_t epoch, double pace) { return static_cast<double>(epoch - 1) * pace; }

/// Halves the interval until the least sparsity that fits is known; `fits` fits, `falls_short` does not.
WeightMasks least_that_fits(const Network& network, std::size_t group, double falls_short, double fits,
                            Bytes target) {
    WeightMasks best = prune_groups(network, group, fits);
    while (fits - falls_short > kResolution) {
        const double middle = 0.5 * (falls_short + fits);
        WeightMasks masks = prune_groups(network, group, middle);
        if (encoded_bytes(masked(network, masks)) <= target) {
            fits = middle;
            best = std::move(masks);
        } else {
            falls_short = middle;
        }
    }
    return best;
}

} // namespace

double SparsitySchedule::sparsity(std::int64_t epoch) const {
    const double published = published_epoch(epoch, pace);
    const double steps = std::min(published, kFirstHalving) +
                         0.5 * std::clamp(published - kFirstHalving, 0.0, kSecondHalving - kFirstHalving) +
                         0.25 * std::max(published - kSecondHalving, 0.0);
    return std::min(kFirstSparsity + kStep * steps, kMostSparsity);
}

std::size_t SparsitySchedule::group(std::int64_t epoch) const {
    const double since = published_epoch(epoch, pace) - kFirstHalving;
    if (since < 0.0) return 1;
    return std::min(largest_group, 1 + static_cast<std::size_t>(since / kEpochsAGroupSize));
}

EpochHook make_pruning_hook(const SparsitySchedule& schedule, Bytes target) {
    return [schedule, target](const EpochRecord& record, const Network& network) -> Result<EpochDecision> {
        if (record.epoch == 0) return EpochDecision{};
        const std::size_t group = schedule.group(record.epoch);
        const double sparsity = schedule.sparsity(record.epoch);
        WeightMasks masks = prune_groups(network, group, sparsity);
        if (encoded_bytes(masked(network, masks)) > target) return EpochDecision{.masks = std::move(masks)};
        return EpochDecision{.masks = least_that_fits(network, group, 0.0, sparsity, target),
                             .holds_masks = true,
                             .stops = true};
    };
}

EpochHook make_frozen_hook(std::size_t group, Bytes target) {
    return [group, target](const EpochRecord&, const Network& network) -> Result<EpochDecision> {
        WeightMasks masks = zero_masks(network);
        if (encoded_bytes(network) > target) {
            masks = least_that_fits(network, group, 0.0, kMostSparsity, target);
        }
        return EpochDecision{.masks = std::move(masks), .holds_masks = true};
    };
}

} // namespace tandem
