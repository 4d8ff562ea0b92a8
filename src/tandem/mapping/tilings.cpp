#include "tandem/mapping/tilings.h"

#include <algorithm>
#include <functional>
#include <map>

namespace tandem {

namespace {

/// The extent and smaller powers of two, falling.
std::vector<std::int64_t> coarse_sizes(std::int64_t extent) {
    std::vector<std::int64_t> sizes;
    for (std::int64_t power = 1; power < extent; power *= 2) sizes.push_back(power);
    sizes.push_back(extent);
    std::reverse(sizes.begin(), sizes.end());
    return sizes;
}

/// Walks all sizes of all levels, from the outermost in.
class Lister {
  public:
    Lister(const LayerWork& work, const LayerModel& model, Scorer& scorer, std::size_t bypass,
           Dominated dominated)
        : work_(work), model_(model), scorer_(scorer), bypass_(bypass), dominated_(dominated),
          cuts_(model.space().memory_levels() - 1) {
        for (const Dimension dimension : kAllDimensions) {
            const std::int64_t extent = work.extent(dimension);
            sizes_[index_of(dimension)] = cuts_ > 1 ? coarse_sizes(extent) : tile_sizes(extent);
        }
    }

    std::vector<BoundedTiling> run() {
        Tiling tiling = undivided(work_);
        if (cuts_ == 0) {
            keep(tiling);
        } else {
            cut(tiling, 0, 0);
        }
        std::stable_sort(tilings_.begin(), tilings_.end(),
                         [](const BoundedTiling& left, const BoundedTiling& right) {
                             return left.score.outermost_energy < right.score.outermost_energy;
                         });
        return std::move(tilings_);
    }

  private:
    std::int64_t outer_size(const Tiling& tiling, std::size_t level, std::size_t d) const {
        return level == 0 ? work_.extent(kAllDimensions[d]) : tiling.tiles[level - 1][d];
    }

    /// Every size of the dimensions from `next` on at one level; then the level inside.
    void cut(Tiling& tiling, std::size_t level, std::size_t next) {
        const std::vector<Dimension>& tileable = model_.space().tileable;
        if (next == tileable.size()) {
            finish_level(tiling, level);
            return;
        }
        const std::size_t d = index_of(tileable[next]);
        const std::int64_t outer = outer_size(tiling, level, d);
        const bool is_column = tileable[next] == Dimension::ox;
        const bool has_one_row = tiling.tiles[level][index_of(Dimension::oy)] == 1;
        for (const std::int64_t size : sizes_[d]) {
            if (size > outer) continue;
            if (is_column && !has_one_row && size < outer) break;
            set(tiling, level, d, size);
            cut(tiling, level, next + 1);
        }
        set(tiling, level, d, outer);
    }

    /// Inner levels follow until they are cut themselves.
    void set(Tiling& tiling, std::size_t level, std::size_t d, std::int64_t size) const {
        for (std::size_t inner = level; inner < cuts_; ++inner) tiling.tiles[inner][d] = size;
    }

    void finish_level(Tiling& tiling, std::size_t level) {
        if (level + 1 < cuts_) {
            cut(tiling, level + 1, 0);
            return;
        }
        const Fit fit = scorer_.fit(tiling, bypass_);
        if (fit == Fit::never) return;
        if (dominated_ == Dominated::dropped && could_grow(tiling)) return;
        order(tiling, 0);
    }

    /// Whether a tile may grow to a multiple of itself, or to all that is left to it, and still fit whatever
    /// spills. Such a tiling is at least as good with every pass and order: pieces join, so no loop runs
    /// more often, nothing comes by more often and nothing spreads to more elements.
    bool could_grow(const Tiling& tiling) const {
        for (std::size_t level = 0; level < cuts_; ++level) {
            for (const Dimension dimension : model_.space().tileable) {
                const std::size_t d = index_of(dimension);
                const std::int64_t size = tiling.tiles[level][d];
                const std::int64_t outer = outer_size(tiling, level, d);
                if (size == outer) continue;
                const bool is_column = dimension == Dimension::ox;
                for (auto larger = sizes_[d].rbegin(); larger != sizes_[d].rend(); ++larger) {
                    if (*larger <= size || (*larger % size != 0 && *larger != outer)) continue;
                    if (*larger > outer) break;
                    // Rows only grow where columns are whole.
                    if (dimension == Dimension::oy &&
                        tiling.tiles[level][index_of(Dimension::ox)] !=
                            outer_size(tiling, level, index_of(Dimension::ox))) {
                        break;
                    }
                    if (is_column && tiling.tiles[level][index_of(Dimension::oy)] != 1 && *larger != outer) {
                        continue;
                    }
                    Tiling grown = tiling;
                    grown.tiles[level][d] = *larger;
                    if (scorer_.fit(grown, bypass_) == Fit::always) return true;
                    break; // the next larger one needs more room still
                }
            }
        }
        return false;
    }

    void order(Tiling& tiling, std::size_t level) {
        if (level == cuts_) {
            keep(tiling);
            return;
        }
        for (std::uint8_t place = 0; place < model_.space().orders.size(); ++place) {
            tiling.orders[level] = place;
            order(tiling, level + 1);
            if (is_whole(tiling, level)) break; // nothing to put in order
        }
        tiling.orders[level] = 0;
    }

    bool is_whole(const Tiling& tiling, std::size_t level) const {
        for (std::size_t d = 0; d < kDimensions; ++d) {
            if (tiling.tiles[level][d] < outer_size(tiling, level, d)) return false;
        }
        return true;
    }

    void keep(const Tiling& tiling) {
        const KnownTiling known = scorer_.know(tiling, bypass_);
        const Score score = scorer_.outermost_score(known);
        if (score.fits) tilings_.push_back({.tiling = known, .score = score});
    }

    const LayerWork& work_;
    const LayerModel& model_;
    Scorer& scorer_;
    std::size_t bypass_;
    Dominated dominated_;
    std::size_t cuts_;
    std::array<std::vector<std::int64_t>, kDimensions> sizes_;
    std::vector<BoundedTiling> tilings_;
};

} // namespace

std::vector<std::int64_t> tile_sizes(std::int64_t extent) {
    std::vector<std::int64_t> sizes{1, 2, 3};
    for (std::int64_t power = 1; power < extent; power *= 2) {
        for (const std::int64_t factor : {4, 6, 7}) sizes.push_back(factor * power);
    }
    std::erase_if(sizes, [extent](std::int64_t size) { return size >= extent; });
    std::sort(sizes.begin(), sizes.end(), std::greater<>());
    sizes.erase(std::unique(sizes.begin(), sizes.end()), sizes.end());
    sizes.insert(sizes.begin(), extent);
    return sizes;
}

double count_tilings(const LayerWork& work, const LayerModel& model) {
    const std::size_t cuts = model.space().memory_levels() - 1;
    const auto sizes_below = [&](std::int64_t extent) {
        return cuts > 1 ? coarse_sizes(extent) : tile_sizes(extent);
    };
    // Chains of sizes of one dimension, by the size they end in.
    const auto chains = [&](std::int64_t extent) {
        std::map<std::int64_t, double> ends{{extent, 1.0}};
        for (std::size_t level = 0; level < cuts; ++level) {
            std::map<std::int64_t, double> finer;
            for (const auto& [outer, count] : ends) {
                for (const std::int64_t size : sizes_below(extent)) {
                    if (size <= outer) finer[size] += count;
                }
            }
            ends = std::move(finer);
        }
        double sum = 0.0;
        for (const auto& [end, count] : ends) sum += count;
        return sum;
    };
    double count = 1.0;
    for (const Dimension dimension : model.space().tileable) count *= chains(work.extent(dimension));
    for (std::size_t level = 0; level < cuts; ++level) {
        count *= static_cast<double>(model.space().orders.size());
    }
    return count;
}

std::vector<BoundedTiling> list_tilings(const LayerWork& work, const LayerModel& model, Scorer& scorer,
                                        std::size_t bypass, Dominated dominated) {
    return Lister(work, model, scorer, bypass, dominated).run();
}

} // namespace tandem
