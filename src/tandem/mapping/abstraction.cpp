#include "tandem/mapping/abstraction.h"

#include <algorithm>

#include "tandem/core/check.h"
#include "tandem/mapping/tilings.h"

namespace tandem {

namespace {

Abstract from_floor(const LayerWork& work, const Score& floor) {
    return {.operations = multiply_accumulates(work),
            .fractional_operations = static_cast<double>(floor.word_operations),
            .outermost_traffic = floor.outermost_traffic,
            .cycles = floor.inner_cycles,
            .energy = floor.energy()};
}

/// The least traffic of any tiling; ties go to the first.
std::optional<Score> least_traffic(const LayerWork& work, const LayerModel& model) {
    std::optional<Score> least;
    const std::unique_ptr<Scorer> scorer = model.scorer();
    for (std::size_t bypass = 0; bypass < model.space().bypasses.size(); ++bypass) {
        for (const BoundedTiling& tiling : list_tilings(work, model, *scorer, bypass, Dominated::dropped)) {
            if (!least || tiling.score.outermost_traffic < least->outermost_traffic) least = tiling.score;
        }
    }
    return least;
}

} // namespace

std::string_view to_string(AbstractionLevel level) {
    switch (level) {
    case AbstractionLevel::coarse: return "coarse";
    case AbstractionLevel::mid: return "mid";
    case AbstractionLevel::fine: return "fine";
    }
    TANDEM_CHECK(false, "a level outside the enumeration");
}

std::optional<AbstractionLevel> parse_abstraction_level(std::string_view word) {
    for (const AbstractionLevel level :
         {AbstractionLevel::coarse, AbstractionLevel::mid, AbstractionLevel::fine}) {
        if (to_string(level) == word) return level;
    }
    return std::nullopt;
}

double Abstract::operations_per_byte() const {
    return outermost_traffic.value == 0
               ? 0.0
               : static_cast<double>(operations.value) * 8.0 / static_cast<double>(outermost_traffic.value);
}

Abstract& Abstract::operator+=(const Abstract& other) {
    operations += other.operations;
    fractional_operations += other.fractional_operations;
    outermost_traffic += other.outermost_traffic;
    cycles += other.cycles;
    energy += other.energy;
    return *this;
}

Outcome<Abstract> estimate_layer(const LayerWork& work, const Machine& machine, AbstractionLevel level,
                                 const MappingOptions& options) {
    const std::unique_ptr<const LayerModel> model = TANDEM_TRY(machine.layer_model(work));
    const Score floor = model->floor();
    Abstract estimate = from_floor(work, floor);
    switch (level) {
    case AbstractionLevel::coarse: return estimate;
    case AbstractionLevel::mid: {
        const std::optional<Score> least = least_traffic(work, *model);
        if (!least) return tl::unexpected(model->nothing_fits());
        estimate.outermost_traffic = least->outermost_traffic;
        estimate.cycles = std::max(floor.inner_cycles, least->outermost_cycles);
        estimate.energy = floor.inner_energy + std::max(floor.outermost_energy, least->outermost_energy);
        return estimate;
    }
    case AbstractionLevel::fine: {
        const MappedLayer mapped = TANDEM_TRY(map_layer(work, machine, options));
        estimate.outermost_traffic = Bits();
        for (std::size_t o = 0; o < kOperands; ++o) {
            estimate.outermost_traffic += mapped.cost.traffic[0].read[o] + mapped.cost.traffic[0].written[o];
        }
        estimate.cycles = mapped.cost.cycles;
        estimate.energy = mapped.cost.energy();
        return estimate;
    }
    }
    TANDEM_CHECK(false, "a level outside the enumeration");
}

Document to_document(const Abstract& estimate, EnergyUnit unit) {
    return Document::Map{
        {"operations", estimate.operations.value},
        {"fractional_operations", estimate.fractional_operations},
        {"outermost_traffic_bits", estimate.outermost_traffic.value},
        {"operations_per_byte", estimate.operations_per_byte()},
        {"cycles", estimate.cycles.value},
        {unit == EnergyUnit::mac16 ? "energy_mac16" : "energy_picojoules", estimate.energy.value}};
}

} // namespace tandem
