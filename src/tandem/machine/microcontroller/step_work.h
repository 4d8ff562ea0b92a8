// What the kernels of the generated C do for a step, counted: how often each of their loops runs. What an
// instruction count is estimated from.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tandem/machine/microcontroller/board.h"
#include "tandem/machine/microcontroller/c_facts.h"

namespace tandem {

/// So many times one kind of work, named by the kernel and by what it does: "layer.window", one window read.
/// Kinds are finer than most processors need, so that they serve all: what one does alike costs it alike.
struct Work {
    std::string kind;
    double times = 0.0;

    bool operator==(const Work&) const = default;
};

/// What a program's step does in one inference, its weights plain; each kind stands there once.
std::vector<Work> step_work(const CFacts& facts, std::size_t step, const Target& target);

} // namespace tandem
