// A program most of whose weights are zero, as pruning leaves them.
#pragma once

#include <variant>

#include "tandem/core/random.h"
#include "tandem/engine/integer_program.h"

namespace tandem {

/// Keeps one weight of ten.
inline IntegerProgram sparse_program(IntegerProgram program) {
    Random random(3);
    for (Step& step : program.steps) {
        auto* layer = std::get_if<LayerStep>(&step);
        if (layer == nullptr) continue;
        for (std::int16_t& weight : layer->weights) {
            if (random.below(10) != 0) weight = 0;
        }
    }
    return program;
}

} // namespace tandem
