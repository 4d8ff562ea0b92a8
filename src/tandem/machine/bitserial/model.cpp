#include "tandem/machine/bitserial/model.h"

#include <algorithm>
#include <span>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/machine/bitserial/product.h"
#include "tandem/machine/bitserial/simulation.h"

namespace tandem::bitserial {

namespace {

/// Counts of bits stay below 2^63 for products up to this many padded one-bit operations and transfers.
constexpr double kMostCounts = 1e17;

constexpr double kAccessBits = 16.0; ///< that energies of memories are given for

/// The layer with one operand on the left, and all of its costs.
struct Choice {
    Pass pass;
    Mapping mapping;
    LayerCost cost;
};

double as_number(std::int64_t value) { return static_cast<double>(value); }

/// Whether every count of the product stays in range.
bool is_countable(const Product& product, const Array& array, std::int64_t groups) {
    const double m = as_number(product.m) + as_number(array.rows);
    const double n = as_number(product.n) + as_number(array.columns);
    const double k = as_number(product.k) + as_number(array.dot_product_bits);
    const double bits = as_number(product.left_bits) * as_number(product.right_bits);
    const double cycles = m * n * k * (bits + 2.0 * as_number(array.bubble_cycles) * bits + 3.0);
    return as_number(groups) * (cycles + m * n * as_number(kResultBits)) <= kMostCounts;
}

LayerCost cost_of(const Product& product, const Description& machine, const LayerWork& work, Left left) {
    const Array& array = machine.array;
    const Tiles tiles = tiles_of(product, array);
    const DramBits dram = dram_bits(product, array);
    const std::int64_t groups = work.groups;
    const auto weights = static_cast<std::size_t>(Operand::weights);
    const auto inputs = static_cast<std::size_t>(Operand::inputs);
    const auto outputs = static_cast<std::size_t>(Operand::outputs);
    const std::size_t left_operand = left == Left::weights ? weights : inputs;
    const std::size_t right_operand = left == Left::weights ? inputs : weights;

    LayerCost cost;
    cost.compute_cycles = Cycles(groups * bitserial::compute_cycles(product, array));
    cost.cycles = Cycles(groups * simulate_product(product, machine).value) + Cycles(machine.start_up_cycles);

    LevelTraffic off_chip;
    off_chip.level = "dram";
    off_chip.read[left_operand] = Bits(groups * dram.left);
    off_chip.read[right_operand] = Bits(groups * dram.right);
    off_chip.written[outputs] = Bits(groups * dram.results);
    off_chip.energy =
        NormalizedEnergy(as_number(groups * dram.total()) / kAccessBits * machine.dram.energy_per_access);

    // Each busy cycle reads a word for every row and for every column; every fetched bit is written once.
    const std::int64_t busy =
        tiles.rows * tiles.columns * tiles.depth * product.left_bits * product.right_bits;
    LevelTraffic buffers;
    buffers.level = "buffers";
    buffers.read[left_operand] = Bits(groups * busy * array.rows * array.dot_product_bits);
    buffers.read[right_operand] = Bits(groups * busy * array.columns * array.dot_product_bits);
    buffers.written[left_operand] = off_chip.read[left_operand];
    buffers.written[right_operand] = off_chip.read[right_operand];
    const Bits moved = buffers.read[left_operand] + buffers.read[right_operand] +
                       buffers.written[left_operand] + buffers.written[right_operand];
    buffers.energy =
        NormalizedEnergy(as_number(moved.value) / kAccessBits * machine.buffers.energy_per_access);

    const double bit_products =
        as_number(groups * busy) * as_number(array.rows * array.columns * array.dot_product_bits);
    cost.compute_energy = NormalizedEnergy(bit_products * machine.bit_product_energy);
    const double useful =
        as_number(multiply_accumulates(work).value) * as_number(product.left_bits * product.right_bits);
    cost.utilization = useful / (as_number(cost.cycles.value) *
                                 as_number(array.rows * array.columns * array.dot_product_bits));
    cost.traffic = {std::move(off_chip), std::move(buffers)};
    return cost;
}

Choice choose(Left left, const Product& product, const Description& machine, const LayerWork& work) {
    const Array& array = machine.array;
    const Tiles tiles = tiles_of(product, array);
    const Dimension row = left == Left::weights ? Dimension::k : Dimension::ox;
    const Dimension column = left == Left::weights ? Dimension::ox : Dimension::k;
    Choice choice;
    choice.pass.unrolled = {std::vector<Loop>{{row, std::min(product.m, array.rows), 1}},
                            std::vector<Loop>{{column, std::min(product.n, array.columns), 1}}};
    choice.pass.lanes = {Dimension::c, std::min(product.k, array.dot_product_bits), 1};
    choice.mapping.unrolled = choice.pass.unrolled;
    choice.mapping.lanes = choice.pass.lanes;
    choice.mapping.temporal = {{{column, tiles.columns, array.columns}, {row, tiles.rows, array.rows}},
                               {{Dimension::c, tiles.depth, array.dot_product_bits}}};
    choice.cost = cost_of(product, machine, work, left);
    return choice;
}

Score score_of(const LayerCost& cost) {
    // Traffic off chip depends on which operand stands left and on nothing else: it belongs to the
    // pass, and no part of a score is left to a tiling.
    Score score;
    score.inner_energy = cost.energy();
    score.inner_cycles = cost.cycles;
    for (std::size_t operand = 0; operand < kOperands; ++operand) {
        score.outermost_traffic += cost.traffic[0].read[operand] + cost.traffic[0].written[operand];
    }
    return score;
}

class BitserialScorer final : public Scorer {
  public:
    explicit BitserialScorer(const std::vector<Choice>& choices) : choices_(choices) {}

    Fit fit(const Tiling& /*tiling*/, std::size_t /*bypass*/) const override { return Fit::always; }
    KnownTiling know(const Tiling& tiling, std::size_t bypass) override {
        KnownTiling known;
        known.tiling = tiling;
        known.bypass = bypass;
        return known;
    }
    Score outermost_score(const KnownTiling& /*tiling*/) const override { return {}; }
    void score_orders(const KnownTiling& /*tiling*/, std::size_t pass, std::span<Score> by_order) override {
        for (Score& score : by_order) score = score_of(choices_[pass].cost);
    }

  private:
    const std::vector<Choice>& choices_;
};

class BitserialLayerModel final : public LayerModel {
  public:
    explicit BitserialLayerModel(std::vector<Choice> choices) : choices_(std::move(choices)) {
        space_.levels = {"dram", "buffers"};
        for (const Choice& choice : choices_) space_.passes.push_back(choice.pass);
        space_.orders = {kAllDimensions};
        space_.bypasses = {{}};
    }

    const MappingSpace& space() const override { return space_; }
    ScoresAre scores_are() const override { return ScoresAre::prices; }
    std::unique_ptr<Scorer> scorer() const override { return std::make_unique<BitserialScorer>(choices_); }

    Mapping mapping(const Candidate& candidate) const override { return choices_[candidate.pass].mapping; }

    Outcome<LayerCost> price(const Mapping& mapping) const override {
        for (const Choice& choice : choices_) {
            if (choice.mapping == mapping) return choice.cost;
        }
        return tl::unexpected(Infeasible{"array: found loops other than those of its one schedule, which "
                                         "leaves open only which operand stands left"});
    }

    Outcome<NestCost> price_nest(const LoopNest& /*nest*/) const override {
        return tl::unexpected(Infeasible{"array: found a loop nest, its schedule is fixed"});
    }

    Outcome<std::vector<std::array<Bits, kOperands>>> occupancy(const Mapping& /*mapping*/) const override {
        return tl::unexpected(Infeasible{"buffers: found a stream, which has no tile"});
    }

    Infeasible nothing_fits() const override {
        return Infeasible{"mapping: found none within the constraints"};
    }

    /// Its schedule is fixed but for one choice, so the better of both is the floor.
    Score floor() const override {
        Score least = score_of(choices_.front().cost);
        least.inner_cycles = choices_.front().cost.compute_cycles;
        for (const Choice& choice : choices_) {
            const Score score = score_of(choice.cost);
            least.inner_energy = std::min(least.inner_energy, score.inner_energy);
            least.inner_cycles = std::min(least.inner_cycles, choice.cost.compute_cycles);
            least.outermost_traffic = std::min(least.outermost_traffic, score.outermost_traffic);
        }
        return least;
    }

  private:
    std::vector<Choice> choices_;
    MappingSpace space_;
};

} // namespace

Outcome<std::unique_ptr<const LayerModel>> make_layer_model(const Description& machine,
                                                            const LayerWork& work) {
    std::vector<Choice> choices;
    std::optional<Infeasible> reason;
    for (const Left left : kBothSides) {
        const Product product = product_of(work, left);
        if (auto misfit = find_misfit(product, machine)) {
            if (!reason) reason = std::move(misfit);
            continue;
        }
        if (!is_countable(product, machine.array, work.groups)) {
            return tl::unexpected(
                Infeasible{fmt::format("layer: found a product of {} x {} x {}, more than the model counts",
                                       product.m, product.k, product.n)});
        }
        choices.push_back(choose(left, product, machine, work));
    }
    if (choices.empty()) return tl::unexpected(*std::move(reason));
    return std::make_unique<const BitserialLayerModel>(std::move(choices));
}

} // namespace tandem::bitserial
