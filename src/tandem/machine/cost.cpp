#include "tandem/machine/cost.h"

#include "tandem/core/check.h"

namespace tandem {

namespace {

constexpr const char* kNoSchedules = "time, energy or traffic of a machine that prices schedules";

Document bits_by_operand(const std::array<Bits, kOperands>& bits) {
    Document::Map map;
    for (const Operand operand : kAllOperands) {
        map.emplace_back(std::string(to_string(operand)) + "_bits",
                         bits[static_cast<std::size_t>(operand)].value);
    }
    return map;
}

Document values_by_operand(const std::array<std::int64_t, kOperands>& values) {
    Document::Map map;
    for (const Operand operand : kAllOperands) {
        map.emplace_back(std::string(to_string(operand)), values[index_of(operand)]);
    }
    return map;
}

/// How the members of one cost are called and which there are.
struct Style {
    std::string energy;
    std::string compute_energy;
    std::optional<Hertz> clock;
};

Style style_of(const Cost& cost) {
    const std::string unit = cost.energy_unit == EnergyUnit::mac16 ? "mac16" : "picojoules";
    return {.energy = "energy_" + unit, .compute_energy = "compute_energy_" + unit, .clock = cost.clock};
}

Document to_document(const LevelTraffic& traffic, const Style& style) {
    return Document::Map{{"level", traffic.level},
                         {"read", bits_by_operand(traffic.read)},
                         {"written", bits_by_operand(traffic.written)},
                         {"read_values", values_by_operand(traffic.read_values)},
                         {"written_values", values_by_operand(traffic.written_values)},
                         {"cycles", traffic.cycles.value},
                         {style.energy, traffic.energy.value}};
}

void add_latency(Document::Map& map, Cycles cycles, const Style& style) {
    if (!style.clock) return;
    map.emplace_back("latency_seconds", static_cast<double>(cycles.value) / style.clock->value);
}

Document to_document(const Latency& latency) {
    Document::List levels;
    for (const LevelLatency& level : latency.levels) {
        levels.push_back(Document::Map{
            {"level", level.level},
            {"fill_cycles", level.fill.value},
            {"stall_cycles", level.stall.value},
            {"drain_cycles", level.drain.value},
            {"slowest_port", level.slowest_port.empty() ? Document() : Document(level.slowest_port)}});
    }
    return Document::Map{{"cycles", latency.cycles.value}, {"levels", std::move(levels)}};
}

Document to_document(const std::string& name, const LayerCost& cost, const Style& style) {
    Document::List traffic;
    for (const LevelTraffic& level : cost.traffic) traffic.push_back(to_document(level, style));
    Document::Map map{{"layer", name},
                      {"cycles", cost.cycles.value},
                      {"compute_cycles", cost.compute_cycles.value},
                      {style.energy, cost.energy().value},
                      {style.compute_energy, cost.compute_energy.value},
                      {"utilization", cost.utilization},
                      {"traffic", std::move(traffic)}};
    if (cost.latency) map.emplace_back("latency", to_document(*cost.latency));
    add_latency(map, cost.cycles, style);
    return map;
}

} // namespace

NormalizedEnergy LayerCost::energy() const {
    NormalizedEnergy total = compute_energy;
    for (const LevelTraffic& level : traffic) total += level.energy;
    return total;
}

Cycles Cost::cycles() const {
    TANDEM_CHECK(!image, kNoSchedules);
    Cycles total;
    for (const LayerCost& layer : layers) total += layer.cycles;
    return total;
}

Cycles Cost::compute_cycles() const {
    TANDEM_CHECK(!image, kNoSchedules);
    Cycles total;
    for (const LayerCost& layer : layers) total += layer.compute_cycles;
    return total;
}

Bytes Cost::outermost_bytes() const {
    TANDEM_CHECK(!image, kNoSchedules);
    Bytes total;
    for (const LayerCost& layer : layers) {
        Bits moved;
        for (const Bits bits : layer.traffic.front().read) moved += bits;
        for (const Bits bits : layer.traffic.front().written) moved += bits;
        total += bytes_holding(moved);
    }
    return total;
}

NormalizedEnergy Cost::energy() const {
    TANDEM_CHECK(!image, kNoSchedules);
    NormalizedEnergy total;
    for (const LayerCost& layer : layers) total += layer.energy();
    return total;
}

Document to_document(const Cost& cost) {
    if (cost.image) return to_document(*cost.image);
    TANDEM_CHECK(cost.layer_names.size() == cost.layers.size(), "one name a layer");
    const Style style = style_of(cost);
    Document::List layers;
    for (std::size_t i = 0; i < cost.layers.size(); ++i) {
        layers.push_back(to_document(cost.layer_names[i], cost.layers[i], style));
    }
    Document::Map total{{"cycles", cost.cycles().value},
                        {"compute_cycles", cost.compute_cycles().value},
                        {"dram_bytes", cost.outermost_bytes().value},
                        {style.energy, cost.energy().value},
                        {"weight_storage_bits", cost.weight_storage.value}};
    add_latency(total, cost.cycles(), style);
    return Document::Map{{"layers", std::move(layers)}, {"total", std::move(total)}};
}

} // namespace tandem
