#include "tandem/codesign/hardware_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <tuple>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/core/random.h"
#include "tandem/search/front.h"

namespace tandem {

namespace {

constexpr std::size_t kFigures = 4;
using Figures = std::array<double, kFigures>;

Figures figures_of(const HardwareCost& cost) {
    return {static_cast<double>(cost.compute_cycles), static_cast<double>(cost.dram_bytes),
            static_cast<double>(cost.luts), static_cast<double>(cost.brams)};
}

bool comes_before(const HardwareDesign& left, const HardwareDesign& right) {
    const auto key = [](const HardwareDesign& design) {
        const HardwareCost& cost = design.cost;
        const HardwarePoint& point = design.point;
        return std::tuple(cost.compute_cycles, cost.dram_bytes, cost.luts, cost.brams,
                          point.left_words + point.right_words, point.left_words, point.rows, point.columns,
                          point.dot_product_bits);
    };
    return key(left) < key(right);
}

/// The designs that no other one beats or equals. In this order only an earlier one can.
std::vector<HardwareDesign> keep_best(std::vector<HardwareDesign> designs) {
    std::sort(designs.begin(), designs.end(), comes_before);
    std::vector<HardwareDesign> best;
    for (const HardwareDesign& design : designs) {
        // The latest ones are the nearest in cycles, and most often the ones that win.
        const bool is_beaten = std::any_of(best.rbegin(), best.rend(), [&](const HardwareDesign& other) {
            return other.cost.is_at_least_as_good_as(design.cost);
        });
        if (!is_beaten) best.push_back(design);
    }
    return best;
}

template <class Visit> void for_each_array(const HardwareSpace& space, const Visit& visit) {
    HardwarePoint point;
    for (point.rows = 0; point.rows < space.rows.size(); ++point.rows) {
        for (point.columns = 0; point.columns < space.columns.size(); ++point.columns) {
            for (point.dot_product_bits = 0; point.dot_product_bits < space.dot_product_bits.size();
                 ++point.dot_product_bits) {
                visit(point);
            }
        }
    }
}

/// Every design that holds the network and that no other one of its array with shallower buffers beats.
std::vector<HardwareDesign> list_designs(const HardwareTable& table) {
    const HardwareSpace& space = table.space();
    std::vector<HardwareDesign> designs;
    for_each_array(space, [&](HardwarePoint point) {
        const std::size_t first = designs.size();
        for (point.left_words = 0; point.left_words < space.buffer_words.size(); ++point.left_words) {
            for (point.right_words = 0; point.right_words < space.buffer_words.size(); ++point.right_words) {
                const std::optional<HardwareCost> cost = table.cost(point);
                if (!cost) continue;
                const bool is_beaten = std::any_of(
                    designs.begin() + static_cast<std::ptrdiff_t>(first), designs.end(),
                    [&](const HardwareDesign& other) { return other.cost.is_at_least_as_good_as(*cost); });
                if (!is_beaten) designs.push_back({.point = point, .cost = *cost});
            }
        }
    });
    return designs;
}

// --- NSGA-II. Its own, and not search/'s: a design is five small numbers and its evaluation a look into
// --- a table, so that a general algorithm's genomes and evaluations would take most of the time.

using Genes = std::array<std::size_t, 5>;

HardwarePoint point_of(const Genes& genes) {
    return {.rows = genes[0],
            .columns = genes[1],
            .dot_product_bits = genes[2],
            .left_words = genes[3],
            .right_words = genes[4]};
}

struct Individual {
    Genes genes{};
    HardwareCost cost;
    Figures figures{};
    bool fits = false;
    std::size_t rank = 0;
    double crowding = 0.0;
};

bool dominates(const Individual& left, const Individual& right) {
    if (left.fits != right.fits) return left.fits;
    return left.cost != right.cost && left.cost.is_at_least_as_good_as(right.cost);
}

class GeneticSearch {
  public:
    GeneticSearch(const HardwareTable& table, const GeneticOptions& options)
        : table_(table), options_(options), random_(options.seed) {
        const HardwareSpace& space = table.space();
        counts_ = {space.rows.size(), space.columns.size(), space.dot_product_bits.size(),
                   space.buffer_words.size(), space.buffer_words.size()};
    }

    std::vector<HardwareDesign> run() {
        const auto population = static_cast<std::size_t>(options_.population);
        for (std::size_t i = 0; i < population; ++i) {
            Genes genes{};
            for (std::size_t gene = 0; gene < genes.size(); ++gene) genes[gene] = draw(counts_[gene]);
            people_.push_back(evaluate(genes));
        }
        select(population);
        for (std::int64_t generation = 1; generation < options_.generations; ++generation) {
            for (std::size_t i = 0; i < population; i += 2) breed(population);
            select(population);
        }
        std::vector<HardwareDesign> designs;
        for (const Individual& person : people_) {
            if (person.fits) designs.push_back({.point = point_of(person.genes), .cost = person.cost});
        }
        return keep_best(std::move(designs));
    }

  private:
    std::size_t draw(std::size_t bound) { return static_cast<std::size_t>(random_.below(bound)); }
    bool happens(double probability) {
        constexpr std::uint64_t kSteps = std::uint64_t{1} << 32;
        return static_cast<double>(random_.below(kSteps)) < probability * static_cast<double>(kSteps);
    }

    Individual evaluate(const Genes& genes) const {
        Individual person;
        person.genes = genes;
        if (const auto cost = table_.cost(point_of(genes))) {
            person.cost = *cost;
            person.figures = figures_of(*cost);
            person.fits = true;
        }
        return person;
    }

    /// Binary tournament: rank, then room around.
    const Individual& choose_parent(std::size_t population) {
        const Individual& left = people_[draw(population)];
        const Individual& right = people_[draw(population)];
        if (left.rank != right.rank) return left.rank < right.rank ? left : right;
        return left.crowding >= right.crowding ? left : right;
    }

    void breed(std::size_t population) {
        std::array<Genes, 2> children{choose_parent(population).genes, choose_parent(population).genes};
        if (happens(options_.crossover_probability)) {
            for (std::size_t gene = 0; gene < counts_.size(); ++gene) {
                if (random_.below(2) == 0) std::swap(children[0][gene], children[1][gene]);
            }
        }
        for (Genes& genes : children) {
            for (std::size_t gene = 0; gene < genes.size(); ++gene) {
                if (happens(options_.mutation_probability)) genes[gene] = draw(counts_[gene]);
            }
            people_.push_back(evaluate(genes));
        }
    }

    /// Ranks, then the best `population`; the last front that is let in by its crowding distances.
    void select(std::size_t population) {
        drop_twins();
        rank();
        for (auto first = people_.begin(); first != people_.end();) {
            const auto last = std::find_if(
                first, people_.end(), [&](const Individual& person) { return person.rank != first->rank; });
            set_crowding(first, last);
            first = last;
        }
        std::stable_sort(people_.begin(), people_.end(), [](const Individual& left, const Individual& right) {
            return left.rank != right.rank ? left.rank < right.rank : left.crowding > right.crowding;
        });
        if (people_.size() > population) people_.resize(population);
        while (people_.size() < population) people_.push_back(people_[draw(people_.size())]);
    }

    /// A design that stands there twice breeds itself.
    void drop_twins() {
        seen_.resize(table_.space().size(), 0);
        ++round_;
        std::erase_if(people_, [&](const Individual& person) {
            std::uint32_t& seen = seen_[table_.index(point_of(person.genes))];
            const bool is_twin = seen == round_;
            seen = round_;
            return is_twin;
        });
    }

    /// Efficient non-dominated sorting (Zhang et al. 2015): in lexicographic order only an earlier design
    /// can dominate, so each goes into the first front that holds none that does. Sorts by rank.
    void rank() {
        std::sort(people_.begin(), people_.end(), [](const Individual& left, const Individual& right) {
            return left.fits != right.fits ? left.fits : left.figures < right.figures;
        });
        std::vector<std::vector<std::size_t>> fronts;
        for (std::size_t i = 0; i < people_.size(); ++i) {
            std::size_t front = 0;
            for (; front < fronts.size(); ++front) {
                const auto& members = fronts[front];
                const bool is_dominated = std::any_of(members.rbegin(), members.rend(), [&](std::size_t j) {
                    return dominates(people_[j], people_[i]);
                });
                if (!is_dominated) break;
            }
            if (front == fronts.size()) fronts.emplace_back();
            fronts[front].push_back(i);
            people_[i].rank = front;
        }
        std::stable_sort(people_.begin(), people_.end(), [](const Individual& left, const Individual& right) {
            return left.rank < right.rank;
        });
    }

    using Place = std::vector<Individual>::iterator;
    void set_crowding(Place first, Place last) {
        order_.resize(static_cast<std::size_t>(last - first));
        std::iota(order_.begin(), order_.end(), 0);
        for (Place person = first; person != last; ++person) person->crowding = 0.0;
        for (std::size_t figure = 0; figure < kFigures; ++figure) {
            const auto value = [&](std::size_t i) {
                return first[static_cast<std::ptrdiff_t>(i)].figures[figure];
            };
            const auto crowding = [&](std::size_t i) -> double& {
                return first[static_cast<std::ptrdiff_t>(i)].crowding;
            };
            std::sort(order_.begin(), order_.end(), [&](std::size_t left, std::size_t right) {
                return value(left) != value(right) ? value(left) < value(right) : left < right;
            });
            crowding(order_.front()) = crowding(order_.back()) = std::numeric_limits<double>::infinity();
            const double range = value(order_.back()) - value(order_.front());
            if (range <= 0.0) continue;
            for (std::size_t i = 1; i + 1 < order_.size(); ++i) {
                crowding(order_[i]) += (value(order_[i + 1]) - value(order_[i - 1])) / range;
            }
        }
    }

    const HardwareTable& table_;
    GeneticOptions options_;
    Random random_;
    Genes counts_{};
    std::vector<Individual> people_;
    std::vector<std::size_t> order_;
    std::vector<std::uint32_t> seen_; ///< by index into the table: the round that saw it last
    std::uint32_t round_ = 0;
};

/// Least and greatest of each figure over a front.
std::array<Figures, 2> box_of(const std::vector<HardwareDesign>& front) {
    std::array<Figures, 2> box{figures_of(front.front().cost), figures_of(front.front().cost)};
    for (const HardwareDesign& design : front) {
        const Figures figures = figures_of(design.cost);
        for (std::size_t i = 0; i < kFigures; ++i) {
            box[0][i] = std::min(box[0][i], figures[i]);
            box[1][i] = std::max(box[1][i], figures[i]);
        }
    }
    return box;
}

/// Figures scaled so that the box is [0, 1] in each.
std::vector<Objectives> scale(const std::vector<HardwareDesign>& front, const std::array<Figures, 2>& box) {
    std::vector<Objectives> points;
    for (const HardwareDesign& design : front) {
        const Figures figures = figures_of(design.cost);
        Objectives point;
        for (std::size_t i = 0; i < kFigures; ++i) {
            const double range = box[1][i] - box[0][i];
            point.push_back(range > 0.0 ? (figures[i] - box[0][i]) / range : 0.0);
        }
        points.push_back(std::move(point));
    }
    return points;
}

} // namespace

std::vector<HardwareDesign> find_hardware_front(const HardwareTable& table) {
    return keep_best(list_designs(table));
}

std::vector<HardwareDesign> search_hardware(const HardwareTable& table, const GeneticOptions& options) {
    TANDEM_CHECK(options.population >= 2 && options.generations >= 1, "a population and a generation");
    return GeneticSearch(table, options).run();
}

Outcome<std::vector<HardwareDesign>> meet_targets(const HardwareTable& table,
                                                  const std::vector<HardwareDesign>& front,
                                                  const HardwareTargets& targets) {
    if (front.empty()) {
        return tl::unexpected(
            Infeasible{"hardware: found no array of the space whose buffers hold every layer"});
    }
    std::vector<HardwareDesign> feasible;
    for (const HardwareDesign& design : front) {
        if (targets.are_met_by(design.cost)) feasible.push_back(design);
    }
    if (!feasible.empty()) return feasible;
    const auto nearest =
        std::min_element(front.begin(), front.end(), [&](const auto& left, const auto& right) {
            return targets.excess(left.cost) < targets.excess(right.cost);
        });
    // Which targets no array of the space meets, whatever the others allow.
    HardwareCost least = front.front().cost;
    for (const HardwareDesign& design : front) {
        least.compute_cycles = std::min(least.compute_cycles, design.cost.compute_cycles);
        least.dram_bytes = std::min(least.dram_bytes, design.cost.dram_bytes);
        least.luts = std::min(least.luts, design.cost.luts);
        least.brams = std::min(least.brams, design.cost.brams);
    }
    const std::string impossible = targets.describe_misses(least);
    return tl::unexpected(
        Infeasible{fmt::format("hardware: no array meets all targets; the nearest, {}, has {}{}",
                               table.machine(nearest->point).name, targets.describe_misses(nearest->cost),
                               impossible.empty() ? "" : "; out of reach for every array: " + impossible)});
}

std::size_t choose_hardware(const std::vector<HardwareDesign>& front) {
    return balanced_choice(scale(front, box_of(front)));
}

FrontGap measure_gap(const std::vector<HardwareDesign>& front, const std::vector<HardwareDesign>& truth) {
    TANDEM_CHECK(!truth.empty(), "a gap to nothing");
    FrontGap gap;
    const std::array<Figures, 2> box = box_of(truth);
    const Objectives reference(kFigures, 1.1); // so that the corners themselves count
    gap.hypervolume_share =
        hypervolume(scale(front, box), reference) / hypervolume(scale(truth, box), reference);
    for (const HardwareDesign& design : front) {
        const bool is_true = std::any_of(truth.begin(), truth.end(), [&](const HardwareDesign& other) {
            return other.cost == design.cost;
        });
        gap.found += is_true ? 1 : 0;
    }
    return gap;
}

} // namespace tandem
