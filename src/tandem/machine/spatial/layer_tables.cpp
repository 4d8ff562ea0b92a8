#include "tandem/machine/spatial/layer_tables.h"

#include <cmath>
#include <map>

namespace tandem::spatial {

namespace {

Bytes bytes_of(const std::array<Bits, kOperands>& bits) {
    Bits sum;
    for (const Bits part : bits) sum += part;
    return bytes_holding(sum);
}

} // namespace

LayerTables::LayerTables(const Description& description, const LayerWork& layer, MappingSpace mapping_space)
    : machine(description), work(layer), space(std::move(mapping_space)), prices(description, layer) {
    for (const LoopOrder& order : space.orders) orders.emplace_back(order);
    std::array<std::map<std::array<std::int64_t, 3>, std::uint32_t>, kDimensions> known;
    for (const Pass& pass : space.passes) {
        const std::array<Split, kDimensions> splits = splits_of(work, pass);
        auto& places = pass_shares.emplace_back();
        for (std::size_t d = 0; d < kDimensions; ++d) {
            const auto [found, is_new] =
                known[d].try_emplace({splits[d].lanes, splits[d].unrolled, splits[d].registers},
                                     static_cast<std::uint32_t>(shares[d].size()));
            if (is_new) shares[d].push_back(splits[d]);
            places[d] = found->second;
        }
        if (machine.accounting.register_reads == RegisterReads::on_change) {
            register_places.push_back(places_at_multiplier(pass));
        }
    }
}

RegisterPlaces LayerTables::places_at_multiplier(const Pass& pass) const {
    std::uint32_t looping = 0;
    for (const Loop& loop : pass.registers) {
        if (loop.iterations > 1) looping |= 1U << index_of(loop.dimension);
    }
    RegisterPlaces places;
    for (const Operand operand : kAllOperands) {
        places[index_of(operand)] =
            place_at_multiplier(operand, looping, order_of(pass.registers), space.memory_levels());
    }
    return places;
}

Schedule LayerTables::schedule_of(const Candidate& candidate) const {
    Schedule schedule;
    schedule.blocks = space.memory_levels();
    schedule.held = space.bypasses[candidate.bypass];
    schedule.register_order = order_of(space.passes[candidate.pass].registers);
    const auto& places = pass_shares[candidate.pass];
    for (std::size_t d = 0; d < kDimensions; ++d) {
        schedule.splits[d] = shares[d][places[d]];
        Split& split = schedule.splits[d];
        for (std::size_t b = 1; b < kMostBlocks; ++b) {
            const std::int64_t asked =
                b < schedule.blocks ? candidate.tiling.tiles[b - 1][d] : split.tile[b - 1];
            split.tile[b] = std::min(asked, split.tile[b - 1]);
        }
    }
    for (std::size_t b = 0; b + 1 < schedule.blocks; ++b) {
        schedule.orders[b] = space.orders[candidate.tiling.orders[b]];
    }
    schedule.orders[schedule.blocks - 1] = space.orders[candidate.order];
    return schedule;
}

std::array<Bits, kOperands> LayerTables::tile_bits(const Schedule& schedule, const std::vector<Held>& held,
                                                   std::size_t m, bool holds_sums) const {
    std::array<Bits, kOperands> bits;
    for (const Operand operand : kAllOperands) {
        const std::size_t o = index_of(operand);
        const int depth = held[m][o];
        if (depth == kBypassed) continue;
        const std::int64_t count = tile_elements(work, schedule, operand, static_cast<std::size_t>(depth),
                                                 machine.accounting.input_positions);
        const Kind kind = operand != Operand::outputs ? static_cast<Kind>(o)
                          : holds_sums                ? Kind::sums
                                                      : Kind::finished;
        const double taken = prices.memory(m).bits[static_cast<std::size_t>(kind)];
        const std::int64_t word =
            machine.memories[m].word_bits.value_or(machine.processing_element.maximum_bits);
        std::int64_t whole = std::llround(static_cast<double>(count) * taken);
        if (machine.memories[m].packing == Packing::aligned) whole = divide_up(whole, word) * word;
        bits[o] = Bits(whole);
    }
    return bits;
}

std::optional<Bytes> LayerTables::capacity(std::size_t m) const {
    const Memory& memory = machine.memories[m];
    if (!memory.size_bytes) return std::nullopt;
    return Bytes(memory.is_double_buffered ? *memory.size_bytes / 2 : *memory.size_bytes);
}

Bytes LayerTables::tile_bytes(const Schedule& schedule, const std::vector<Held>& held, std::size_t m,
                              bool holds_sums) const {
    return bytes_of(tile_bits(schedule, held, m, holds_sums));
}

} // namespace tandem::spatial
