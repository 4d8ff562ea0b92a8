#include "tandem/machine/image_cost.h"

#include <cmath>
#include <utility>

namespace tandem {

namespace {

/// An estimate has no instruction in parts.
std::int64_t whole(double instructions) { return std::llround(instructions); }

} // namespace

// The linker script ends static memory at a multiple of eight bytes.
Bytes ImageCost::static_ram() const { return Bytes(divide_up((arena + buffers).value, std::int64_t{8}) * 8); }

double ImageCost::instructions() const {
    double total = 0.0;
    for (const StepCost& step : steps) total += step.instructions;
    return total;
}

Document::Map image_totals(const ImageCost& cost) {
    return {{"flash_bytes", cost.flash().value},  {"ram_bytes", cost.ram().value},
            {"weight_bytes", cost.weights.value}, {"table_bytes", cost.tables.value},
            {"code_bytes", cost.code.value},      {"support_bytes", cost.support.value},
            {"arena_bytes", cost.arena.value},    {"buffer_bytes", cost.buffers.value},
            {"stack_bytes", cost.stack.value},    {"instructions", whole(cost.instructions())}};
}

Document to_document(const ImageCost& cost) {
    Document::List layers;
    for (const StepCost& step : cost.steps) {
        layers.push_back(Document::Map{{"layer", step.name},
                                       {"kernel", step.kernel},
                                       {"flash_bytes", step.flash().value},
                                       {"weight_bytes", step.weights.value},
                                       {"table_bytes", step.tables.value},
                                       {"call_bytes", step.calls.value},
                                       {"ram_bytes", step.ram().value},
                                       {"tensor_bytes", step.tensors.value},
                                       {"scratch_bytes", step.scratch.value},
                                       {"instructions", whole(step.instructions)}});
    }
    return Document::Map{{"layers", std::move(layers)}, {"total", image_totals(cost)}};
}

} // namespace tandem
