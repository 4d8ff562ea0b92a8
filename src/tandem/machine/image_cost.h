// What the image of a network's generated C takes of a board, and how much it runs: the cost of a machine
// that runs programs.
#pragma once

#include <string>
#include <vector>

#include "tandem/core/document.h"
#include "tandem/core/units.h"

namespace tandem {

/// The share of one step of the program: of the flash, of the RAM while it runs, and of the instructions.
struct StepCost {
    std::string name{};        ///< of its layer, or of the tensor that a step without one writes
    std::string kernel{};      ///< that runs it: "layer", "max_pool"
    Bytes weights{};           ///< with biases
    Bytes tables{};            ///< the constants that describe it
    Bytes calls{};             ///< the code that calls its kernel
    Bytes tensors{};           ///< of the arena, with the rows that it keeps back
    Bytes scratch{};           ///< the windows that it copies
    double instructions = 0.0; ///< of one inference, fitted to what others were seen to take

    Bytes flash() const { return weights + tables + calls; }
    Bytes ram() const { return tensors + scratch; }

    bool operator==(const StepCost&) const = default;
};

/// Sizes of the parts of an image. Weights, tables and all static memory are those of the linked image; code
/// and stack are sums over a table of what each kernel takes alone, and instructions over one of what each
/// kind of work does.
struct ImageCost {
    Bytes weights;
    Bytes tables;
    Bytes code;    ///< of the network: its kernels and their calls
    Bytes support; ///< what the board and the compiler's libraries add
    Bytes arena;   ///< working memory of the network
    Bytes buffers; ///< the other static memory: the program's own, with one input and one output
    Bytes stack;   ///< of the deepest chain of calls
    std::vector<StepCost> steps;

    Bytes flash() const { return weights + tables + code + support; }
    Bytes static_ram() const;
    Bytes ram() const { return static_ram() + stack; }
    /// Of one inference, but for the copy of its output.
    double instructions() const;

    bool operator==(const ImageCost&) const = default;
};

/// The totals, by the names that `tandem deploy --json` has for those of a linked image.
Document::Map image_totals(const ImageCost& cost);
/// `layers[]`, one a step, and `total`.
Document to_document(const ImageCost& cost);

} // namespace tandem
