#include "tandem/codesign/image_cost.h"

namespace tandem {

namespace {

void share(Cycles& cycles, std::int64_t batch) { cycles = Cycles(divide_up(cycles.value, batch)); }

void share(NormalizedEnergy& energy, std::int64_t batch) {
    energy = NormalizedEnergy(energy.value / static_cast<double>(batch));
}

void share(LevelTraffic& traffic, std::int64_t batch) {
    for (std::size_t operand = 0; operand < kOperands; ++operand) {
        for (Bits* bits : {&traffic.read[operand], &traffic.written[operand]}) {
            *bits = Bits(divide_up(bits->value, batch));
        }
        for (std::int64_t* values : {&traffic.read_values[operand], &traffic.written_values[operand]}) {
            *values = divide_up(*values, batch);
        }
    }
    share(traffic.energy, batch);
    share(traffic.cycles, batch);
}

} // namespace

Cost per_image(Cost cost, std::int64_t batch) {
    for (LayerCost& layer : cost.layers) {
        share(layer.cycles, batch);
        share(layer.compute_cycles, batch);
        share(layer.compute_energy, batch);
        for (LevelTraffic& traffic : layer.traffic) share(traffic, batch);
        if (!layer.latency) continue;
        share(layer.latency->cycles, batch);
        for (LevelLatency& level : layer.latency->levels) {
            for (Cycles* cycles : {&level.fill, &level.stall, &level.drain}) share(*cycles, batch);
        }
    }
    return cost;
}

} // namespace tandem
