// What the image of a network's generated C takes of a board: the cost of a machine that runs programs.
#pragma once

#include <string>
#include <vector>

#include "tandem/core/document.h"
#include "tandem/core/units.h"

namespace tandem {

/// The share of one step of the program, and what it needs while it runs.
struct StepMemory {
    std::string name{};   ///< of its layer, or of the tensor that a step without one writes
    std::string kernel{}; ///< that runs it: "layer", "max_pool"
    Bytes weights{};      ///< with biases
    Bytes tables{};       ///< the constants that describe it
    Bytes calls{};        ///< the code that calls its kernel
    Bytes tensors{};      ///< of the arena, with the rows that it keeps back
    Bytes scratch{};      ///< the windows that it copies, and its weights where they are decoded

    Bytes flash() const { return weights + tables + calls; }
    Bytes ram() const { return tensors + scratch; }

    bool operator==(const StepMemory&) const = default;
};

/// Sizes of the parts of an image. Weights, tables and all static memory are those of the linked image; code
/// and stack are sums over a table of what each kernel takes alone.
struct ImageCost {
    Bytes weights;
    Bytes tables;
    Bytes code;    ///< of the network: its kernels and their calls
    Bytes support; ///< what the board and the compiler's libraries add
    Bytes arena;   ///< working memory of the network
    Bytes buffers; ///< the other static memory: the program's own, with one input and one output
    Bytes stack;   ///< of the deepest chain of calls
    std::vector<StepMemory> steps;

    Bytes flash() const { return weights + tables + code + support; }
    Bytes static_ram() const;
    Bytes ram() const { return static_ram() + stack; }

    bool operator==(const ImageCost&) const = default;
};

/// The totals, by the names that `tandem deploy --json` has for those of a linked image.
Document::Map image_totals(const ImageCost& cost);
/// `layers[]`, one a step, and `total`.
Document to_document(const ImageCost& cost);

} // namespace tandem
