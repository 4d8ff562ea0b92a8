#include "tandem/codesign/hardware_space.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tandem/core/check.h"
#include "tandem/machine/bitserial/product.h"
#include "tandem/machine/bitserial/resources.h"

namespace tandem {

namespace {

using bitserial::Left;
using bitserial::Product;

/// Equal layers, counted.
struct RepeatedLayer {
    LayerWork work;
    std::int64_t count = 1; ///< times its groups
};

std::vector<RepeatedLayer> count_layers(const Workload& workload) {
    std::map<ContentHash, std::size_t> places;
    std::vector<RepeatedLayer> repeated;
    for (const NamedLayerWork& layer : workload.layers) {
        const auto [place, is_new] = places.try_emplace(content_hash(layer.work), repeated.size());
        if (is_new) repeated.push_back({.work = layer.work, .count = 0});
        repeated[place->second].count += layer.work.groups;
    }
    return repeated;
}

/// One layer with one operand on the left, on one array: its cost, and the buffers it needs as places in
/// the list of depths (its length: more than any).
struct Order {
    std::int64_t compute_cycles = 0;
    std::int64_t dram_bits = 0;
    std::size_t left_words = 0;
    std::size_t right_words = 0;
};

/// The first depth that holds four stripes of `words`; none where a stripe is too long to be moved.
std::size_t first_depth(const std::vector<std::int64_t>& depths, std::int64_t words,
                        std::int64_t stripe_bytes) {
    if (stripe_bytes > bitserial::kMostStripeBytes) return depths.size();
    const std::int64_t needed = bitserial::kStripesInFlight * words;
    return static_cast<std::size_t>(std::lower_bound(depths.begin(), depths.end(), needed) - depths.begin());
}

Order price_order(const Product& product, const bitserial::Array& array,
                  const std::vector<std::int64_t>& depths) {
    Order order;
    order.compute_cycles = bitserial::compute_cycles(product, array);
    order.dram_bits = bitserial::dram_bits(product, array).total();
    if (std::max(product.left_bits, product.right_bits) > array.maximum_bits) {
        order.left_words = order.right_words = depths.size();
        return order;
    }
    const std::int64_t words = bitserial::tiles_of(product, array).depth;
    order.left_words =
        first_depth(depths, words * product.left_bits, bitserial::left_stripe_bytes(product, array));
    order.right_words =
        first_depth(depths, words * product.right_bits, bitserial::right_stripe_bytes(product, array));
    return order;
}

/// The target's name, its value and the figure it bounds.
struct Bound {
    std::string_view unit;
    std::optional<std::int64_t> target;
    std::int64_t figure;
};

std::array<Bound, 4> bounds_of(const HardwareTargets& targets, const HardwareCost& cost) {
    return {{{"compute cycles", targets.compute_cycles, cost.compute_cycles},
             {"DRAM bytes", targets.dram_bytes, cost.dram_bytes},
             {"LUTs", targets.luts, cost.luts},
             {"block RAMs", targets.brams, cost.brams}}};
}

} // namespace

std::size_t HardwareSpace::size() const {
    return rows.size() * columns.size() * dot_product_bits.size() * buffer_words.size() * buffer_words.size();
}

void describe(Fields& fields, HardwareSpace& space) {
    fields.integers({"rows", "dot-product units down the left operand, Dm"}, space.rows,
                    {.minimum = 1, .maximum = 256});
    fields.integers({"columns", "dot-product units along the right operand, Dn"}, space.columns,
                    {.minimum = 1, .maximum = 256});
    fields.integers({"dot_product_bits", "bits of a unit, Dk; multiples of 32"}, space.dot_product_bits,
                    {.minimum = 32, .maximum = 4096});
    fields.integers({"buffer_words", "depths of either buffer, in words"}, space.buffer_words,
                    {.minimum = 1, .maximum = 65536});
}

std::vector<Problem> find_problems(const HardwareSpace& space, const std::string& file,
                                   const std::string& place) {
    std::vector<Problem> problems;
    const auto check = [&](std::string_view name, const std::vector<std::int64_t>& values) {
        if (values.empty()) {
            problems.push_back(
                {file, fmt::format("{}.{}", place, name), "an empty list", "at least one value"});
        }
        if (std::adjacent_find(values.begin(), values.end(), std::greater_equal<>()) != values.end()) {
            problems.push_back({file, fmt::format("{}.{}", place, name),
                                fmt::format("{}", fmt::join(values, ", ")), "rising values, each once"});
        }
    };
    check("rows", space.rows);
    check("columns", space.columns);
    check("dot_product_bits", space.dot_product_bits);
    check("buffer_words", space.buffer_words);
    for (const std::int64_t bits : space.dot_product_bits) {
        if (bits % 32 == 0) continue;
        problems.push_back(
            {file, fmt::format("{}.dot_product_bits", place), fmt::format("{}", bits), "multiples of 32"});
    }
    constexpr std::size_t kMostArrays = 10'000'000; // 160 MB of table
    if (problems.empty() && space.size() > kMostArrays) {
        problems.push_back({file, place, fmt::format("{} arrays", space.size()),
                            fmt::format("at most {}, so that each can be priced", kMostArrays)});
    }
    return problems;
}

bool HardwareTargets::are_met_by(const HardwareCost& cost) const { return excess(cost) == 0.0; }

double HardwareTargets::excess(const HardwareCost& cost) const {
    double worst = 0.0;
    for (const Bound& bound : bounds_of(*this, cost)) {
        if (!bound.target || bound.figure <= *bound.target) continue;
        const auto target = static_cast<double>(*bound.target);
        worst = std::max(worst, (static_cast<double>(bound.figure) - target) / target);
    }
    return worst;
}

std::string HardwareTargets::describe_misses(const HardwareCost& cost) const {
    std::vector<std::string> misses;
    for (const Bound& bound : bounds_of(*this, cost)) {
        if (!bound.target || bound.figure <= *bound.target) continue;
        misses.push_back(fmt::format("{} {}, of {} allowed", bound.figure, bound.unit, *bound.target));
    }
    return fmt::format("{}", fmt::join(misses, "; "));
}

void describe(Fields& fields, HardwareTargets& targets) {
    const IntegerRange range = kPositiveInteger;
    fields.optional_integer({"compute_cycles", "most cycles of the array, stalls apart"},
                            targets.compute_cycles, range);
    fields.optional_integer({"dram_bytes", "most bytes over the DRAM port"}, targets.dram_bytes, range);
    fields.optional_integer({"luts", "most LUTs, by the published model"}, targets.luts, range);
    fields.optional_integer({"brams", "most block RAMs of 36 Kibit"}, targets.brams, range);
}

HardwareTable::HardwareTable(const Workload& workload, const bitserial::Description& base,
                             HardwareSpace space)
    : space_(std::move(space)), base_(base) {
    TANDEM_CHECK(find_problems(space_, "", "").empty(), "a hardware space that breaks its rules");
    entries_.resize(space_.size());
    luts_.reserve(space_.rows.size() * space_.columns.size() * space_.dot_product_bits.size());
    price(workload);
}

void HardwareTable::price(const Workload& workload) {
    const std::vector<RepeatedLayer> layers = count_layers(workload);
    const std::vector<std::int64_t>& depths = space_.buffer_words;
    const std::size_t pairs = depths.size() * depths.size();
    Entry* entries = entries_.data();
    bitserial::Array array = base_.array;
    for (const std::int64_t rows : space_.rows) {
        for (const std::int64_t columns : space_.columns) {
            for (const std::int64_t bits : space_.dot_product_bits) {
                array.rows = rows;
                array.columns = columns;
                array.dot_product_bits = bits;
                luts_.push_back(std::llround(bitserial::estimate_luts(array)));
                for (const RepeatedLayer& layer : layers) {
                    std::array<Order, 2> orders{
                        price_order(bitserial::product_of(layer.work, Left::weights), array, depths),
                        price_order(bitserial::product_of(layer.work, Left::inputs), array, depths)};
                    const bool swaps = std::pair(orders[1].dram_bits, orders[1].compute_cycles) <
                                       std::pair(orders[0].dram_bits, orders[0].compute_cycles);
                    const Order& better = orders[swaps ? 1 : 0];
                    const Order& other = orders[swaps ? 0 : 1];
                    for (std::size_t left = 0; left < depths.size(); ++left) {
                        for (std::size_t right = 0; right < depths.size(); ++right) {
                            Entry& entry = entries[left * depths.size() + right];
                            const bool takes_better =
                                left >= better.left_words && right >= better.right_words;
                            const bool takes_other = left >= other.left_words && right >= other.right_words;
                            if (entry.compute_cycles < 0 || (!takes_better && !takes_other)) {
                                entry.compute_cycles = -1;
                                continue;
                            }
                            const Order& order = takes_better ? better : other;
                            entry.compute_cycles += layer.count * order.compute_cycles;
                            entry.dram_bits += layer.count * order.dram_bits;
                        }
                    }
                }
                entries += pairs;
            }
        }
    }
}

std::size_t HardwareTable::index(const HardwarePoint& point) const {
    const std::size_t array =
        (point.rows * space_.columns.size() + point.columns) * space_.dot_product_bits.size() +
        point.dot_product_bits;
    return (array * space_.buffer_words.size() + point.left_words) * space_.buffer_words.size() +
           point.right_words;
}

std::optional<HardwareCost> HardwareTable::cost(const HardwarePoint& point) const {
    const std::size_t place = index(point);
    const Entry& entry = entries_[place];
    if (entry.compute_cycles < 0) return std::nullopt;
    constexpr std::int64_t kByteBits = 8; // every part is padded to 32 bits
    const bitserial::Array array{.rows = space_.rows[point.rows],
                                 .columns = space_.columns[point.columns],
                                 .dot_product_bits = space_.dot_product_bits[point.dot_product_bits]};
    const bitserial::Buffers buffers{.left_words = space_.buffer_words[point.left_words],
                                     .right_words = space_.buffer_words[point.right_words]};
    return HardwareCost{.compute_cycles = entry.compute_cycles,
                        .dram_bytes = entry.dram_bits / kByteBits,
                        .luts = luts_[place / (space_.buffer_words.size() * space_.buffer_words.size())],
                        .brams = bitserial::estimate_brams(array, buffers)};
}

bitserial::Description array_at(const HardwareSpace& space, const bitserial::Description& base,
                                const HardwarePoint& point) {
    bitserial::Description machine = base;
    machine.array.rows = space.rows[point.rows];
    machine.array.columns = space.columns[point.columns];
    machine.array.dot_product_bits = space.dot_product_bits[point.dot_product_bits];
    machine.buffers.left_words = space.buffer_words[point.left_words];
    machine.buffers.right_words = space.buffer_words[point.right_words];
    machine.name =
        fmt::format("bismo-{}x{}x{}-{}-{}", machine.array.rows, machine.array.columns,
                    machine.array.dot_product_bits, machine.buffers.left_words, machine.buffers.right_words);
    return machine;
}

} // namespace tandem
