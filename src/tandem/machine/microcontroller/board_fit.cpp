#include "tandem/machine/microcontroller/board_fit.h"

#include <utility>
#include <variant>

#include <fmt/format.h>

#include "tandem/machine/microcontroller/buffer_plan.h"
#include "tandem/machine/microcontroller/c_layer.h"
#include "tandem/machine/microcontroller/encoded_weights.h"
#include "tandem/machine/microcontroller/image_estimate.h"

namespace tandem {

namespace {

struct LargestLayer {
    std::string name;
    Bytes weights; ///< as they are packed
};

LargestLayer largest_layer(const IntegerProgram& program) {
    LargestLayer largest;
    for (const Step& step : program.steps) {
        const auto* layer = std::get_if<LayerStep>(&step);
        if (layer == nullptr) continue;
        const Bytes weights = plain_weight_bytes(c_layer_parameters(program, *layer));
        if (weights > largest.weights) largest = {.name = layer->layer, .weights = weights};
    }
    return largest;
}

} // namespace

std::optional<ImageOverflow> find_overflow(Bytes flash, Bytes static_ram, const Board& board) {
    const ImageOverflow in_flash{.memory = "flash", .needed = flash, .available = board.flash.size};
    const ImageOverflow in_ram{
        .memory = "RAM", .needed = static_ram + kStackBytes, .available = board.ram.size};
    for (const ImageOverflow& memory : {in_flash, in_ram}) {
        if (memory.needed > memory.available) return memory;
    }
    return std::nullopt;
}

std::string describe_overflow(const ImageOverflow& overflow, const IntegerProgram& program) {
    const std::string text =
        fmt::format("an image that needs {} bytes of {}, {} too many", overflow.needed.value, overflow.memory,
                    (overflow.needed - overflow.available).value);
    if (overflow.memory == "RAM") {
        const BufferPeak peak = peak_of(plan_buffers(program));
        return text + fmt::format("; the network keeps most, {} bytes, while it computes {}", peak.size.value,
                                  step_name(program, program.steps[peak.step]));
    }
    const auto [layer, weights] = largest_layer(program);
    return text + fmt::format("; the largest layer, {}, has {} bytes of weights", layer, weights.value);
}

Outcome<ImageCost> price_image(const IntegerProgram& program, const Board& board) {
    const std::string_view beyond = unemittable_arithmetic(program);
    if (!beyond.empty()) return tl::unexpected(Infeasible{fmt::format("{}: {}", board.name, beyond)});
    ImageCost cost = estimate_image(program, board);
    if (const auto overflow = find_overflow(cost.flash(), cost.static_ram(), board)) {
        return tl::unexpected(
            Infeasible{fmt::format("{}: {}", board.name, describe_overflow(*overflow, program))});
    }
    return cost;
}

} // namespace tandem
