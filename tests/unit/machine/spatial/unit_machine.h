// The machine of the hand-worked tests: every energy is 1, words and partial sums have 16 bits, the
// array is 2 x 2, and the registers just hold a filter row of two.
#pragma once

#include "tandem/machine/spatial/description.h"
#include "tandem/machine/spatial/spatial.h"

namespace tandem {

inline spatial::Description unit_description() {
    spatial::Description machine;
    machine.name = "unit";
    machine.memories = {
        {.name = "dram", .size_bytes = {}, .energy_per_access = 1.0, .bandwidth_bits_per_cycle = 16},
        {.name = "buffer", .size_bytes = 1024, .energy_per_access = 1.0, .bandwidth_bits_per_cycle = 160}};
    machine.array = {.rows = 2, .columns = 2, .hop_energy = 1.0};
    machine.processing_element.partial_sum_bits = 16;
    machine.processing_element.registers = {
        .filter_words = 2, .input_words = 2, .partial_sum_words = 1, .energy_per_access = 1.0};
    return machine;
}

/// A layer from the extents K, C, OY, OX, FY, FX; stride 1, no padding, 16 bits, one sample.
inline LayerWork layer_of(std::int64_t k, std::int64_t c, std::int64_t oy, std::int64_t ox, std::int64_t fy,
                          std::int64_t fx) {
    LayerWork work;
    work.extents = {1, k, c, oy, ox, fy, fx};
    return work;
}

inline LayerWork with_bits(LayerWork work, int weight_bits, int input_bits, int output_bits) {
    work.weight_bits = weight_bits;
    work.input_bits = input_bits;
    work.output_bits = output_bits;
    return work;
}

} // namespace tandem
