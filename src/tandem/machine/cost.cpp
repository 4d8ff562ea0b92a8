#include "tandem/machine/cost.h"

#include "tandem/core/check.h"

namespace tandem {

namespace {

Document bits_by_operand(const std::array<Bits, kOperands>& bits) {
    Document::Map map;
    for (const Operand operand : kAllOperands) {
        map.emplace_back(std::string(to_string(operand)) + "_bits",
                         bits[static_cast<std::size_t>(operand)].value);
    }
    return map;
}

Document to_document(const LevelTraffic& traffic) {
    return Document::Map{{"level", traffic.level},
                         {"read", bits_by_operand(traffic.read)},
                         {"written", bits_by_operand(traffic.written)},
                         {"energy_mac16", traffic.energy.value}};
}

Document to_document(const std::string& name, const LayerCost& cost) {
    Document::List traffic;
    for (const LevelTraffic& level : cost.traffic) traffic.push_back(to_document(level));
    return Document::Map{{"layer", name},
                         {"cycles", cost.cycles.value},
                         {"compute_cycles", cost.compute_cycles.value},
                         {"energy_mac16", cost.energy().value},
                         {"compute_energy_mac16", cost.compute_energy.value},
                         {"utilization", cost.utilization},
                         {"traffic", std::move(traffic)}};
}

} // namespace

NormalizedEnergy LayerCost::energy() const {
    NormalizedEnergy total = compute_energy;
    for (const LevelTraffic& level : traffic) total += level.energy;
    return total;
}

Cycles Cost::cycles() const {
    Cycles total;
    for (const LayerCost& layer : layers) total += layer.cycles;
    return total;
}

Cycles Cost::compute_cycles() const {
    Cycles total;
    for (const LayerCost& layer : layers) total += layer.compute_cycles;
    return total;
}

Bytes Cost::outermost_bytes() const {
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
    NormalizedEnergy total;
    for (const LayerCost& layer : layers) total += layer.energy();
    return total;
}

Document to_document(const Cost& cost) {
    TANDEM_CHECK(cost.layer_names.size() == cost.layers.size(), "one name a layer");
    Document::List layers;
    for (std::size_t i = 0; i < cost.layers.size(); ++i) {
        layers.push_back(to_document(cost.layer_names[i], cost.layers[i]));
    }
    return Document::Map{{"layers", std::move(layers)},
                         {"total", Document::Map{{"cycles", cost.cycles().value},
                                                 {"compute_cycles", cost.compute_cycles().value},
                                                 {"dram_bytes", cost.outermost_bytes().value},
                                                 {"energy_mac16", cost.energy().value},
                                                 {"weight_storage_bits", cost.weight_storage.value}}}};
}

} // namespace tandem
