#include "tandem/machine/spatial/chains.h"

#include <algorithm>

#include "tandem/machine/spatial/positions.h"

namespace tandem::spatial {

namespace {

/// The dimensions of an axis of the inputs: rows, then columns.
constexpr std::array<std::size_t, 2> kOutputsOf{index_of(Dimension::oy), index_of(Dimension::ox)};
constexpr std::array<std::size_t, 2> kTapsOf{index_of(Dimension::fy), index_of(Dimension::fx)};

} // namespace

Chains::Chains(const LayerTables& tables)
    : tables_(tables), blocks_(tables.space.memory_levels()), extents_(tables.work.all_extents()),
      channels_(tables.work.groups * tables.work.extent(Dimension::n) * tables.work.extent(Dimension::c)) {}

std::uint32_t Chains::number_of(std::size_t d, const Tiling& tiling) {
    std::array<std::int64_t, kMostMemoryLevels - 1> key{};
    for (std::size_t level = 0; level + 1 < blocks_; ++level) {
        const std::int64_t outer = level == 0 ? extents_[d] : key[level - 1];
        key[level] = std::min(tiling.tiles[level][d], outer);
    }
    const auto [found, is_new] = numbers_[d].try_emplace(key, static_cast<std::uint32_t>(splits_[d].size()));
    if (is_new) {
        Split split;
        split.tile[0] = extents_[d];
        for (std::size_t level = 0; level + 1 < blocks_; ++level) split.tile[level + 1] = key[level];
        for (std::size_t b = blocks_; b < kMostBlocks; ++b) split.tile[b] = split.tile[blocks_ - 1];
        splits_[d].push_back(split);
        sums_above_[d].push_back(sums_of(split, blocks_));
        sums_[d].resize(splits_[d].size() * tables_.shares[d].size());
    }
    return found->second;
}

Split Chains::split_at(std::size_t d, std::uint32_t chain, std::uint32_t share) const {
    Split split = splits_[d][chain];
    const Split& own = tables_.shares[d][share];
    split.lanes = own.lanes;
    split.unrolled = own.unrolled;
    split.registers = own.registers;
    return split;
}

SharedSums Chains::sum(std::size_t d, std::uint32_t chain, std::uint32_t share) const {
    const Split split = split_at(d, chain, share);
    return {.sums = sums_of(split, blocks_),
            .loops = split.iterations(blocks_ - 1, blocks_) > 1,
            .is_known = true};
}

InputPasses Chains::inputs_at(const KnownTiling& known,
                              const std::array<std::uint32_t, kDimensions>& shares) {
    const auto key = [&](std::size_t axis) {
        const std::size_t o = kOutputsOf[axis];
        const std::size_t t = kTapsOf[axis];
        return AxisKey{known.chains[o], shares[o], known.chains[t], shares[t]};
    };
    const AxisPositions& rows = axis_at(0, key(0));
    const AxisPositions& columns = axis_at(1, key(1));
    const std::int64_t row_pairs = extents_[kOutputsOf[0]] * extents_[kTapsOf[0]];
    return {.jumps = {.fetched = channels_ * rows.jumps * columns.jumps,
                      .entered = channels_ * row_pairs * columns.into_jumping},
            .sweeps = {.fetched = channels_ * rows.jumps * columns.sweeps,
                       .entered = channels_ * row_pairs * columns.into_sweeping}};
}

const Chains::AxisPositions& Chains::axis_at(std::size_t axis, const AxisKey& key) {
    const std::size_t o = kOutputsOf[axis];
    const std::size_t t = kTapsOf[axis];
    const std::size_t output_shares = tables_.shares[o].size();
    const std::size_t tap_places = splits_[t].size() * tables_.shares[t].size();
    auto& table = axes_[axis];
    if (axis_tap_places_[axis] != tap_places) {
        table.clear();
        axis_tap_places_[axis] = tap_places;
    }
    const std::size_t place = (key.output_chain * output_shares + key.output_share) * tap_places +
                              key.tap_chain * tables_.shares[t].size() + key.tap_share;
    if (place >= table.size()) table.resize(splits_[o].size() * output_shares * tap_places);
    AxisPositions& positions = table[place];
    if (positions.jumps < 0) positions = positions_of(axis, key);
    return positions;
}

Chains::AxisPositions Chains::positions_of(std::size_t axis, const AxisKey& key) const {
    const Split output = split_at(kOutputsOf[axis], key.output_chain, key.output_share);
    const Split tap = split_at(kTapsOf[axis], key.tap_chain, key.tap_share);
    const auto covered = [&](Window window) {
        return covered_at(tables_.work, axis, output, tap, blocks_, blocks_, window, InputPositions::touched);
    };
    AxisPositions positions{.jumps = covered(Window::jumps)};
    if (axis == 1) {
        positions.sweeps = covered(Window::sweeps);
        positions.into_jumping = columns_into_elements(tables_.work, output, tap, blocks_, Window::jumps);
        positions.into_sweeping = columns_into_elements(tables_.work, output, tap, blocks_, Window::sweeps);
    }
    return positions;
}

std::int64_t Chains::inputs_above(const KnownTiling& known, std::size_t depth) {
    std::int64_t inputs = channels_;
    for (std::size_t axis = 0; axis < 2; ++axis) {
        const std::uint32_t outputs = known.chains[kOutputsOf[axis]];
        const std::uint32_t taps = known.chains[kTapsOf[axis]];
        const auto [found, is_new] =
            above_[axis].try_emplace({static_cast<std::uint32_t>(depth), outputs, taps}, 0);
        if (is_new) {
            found->second = covered_at(tables_.work, axis, splits_[kOutputsOf[axis]][outputs],
                                       splits_[kTapsOf[axis]][taps], blocks_, depth, Window::jumps,
                                       InputPositions::touched);
        }
        inputs *= found->second;
    }
    return inputs;
}

} // namespace tandem::spatial
