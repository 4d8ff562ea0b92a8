// What the files of the generated C need to know of a program, found once.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "tandem/core/units.h"
#include "tandem/engine/integer_program.h"
#include "tandem/machine/microcontroller/buffer_plan.h"
#include "tandem/machine/microcontroller/c_layer.h"
#include "tandem/machine/microcontroller/encoded_weights.h"

namespace tandem {

/// A layer of the program, with the index of its step and its parameters in C.
struct LayerFacts {
    std::size_t step = 0;
    const LayerStep* layer = nullptr;
    CLayerParameters parameters;
    std::optional<EncodedWeights> encoded;

    /// The array of weights in the image, its elements' type, and what it takes.
    std::vector<std::int64_t> array() const;
    std::string_view array_type() const { return encoded ? "uint8_t" : parameters.weight_type; }
    Bytes weight_bytes() const;
    Bytes bias_bytes() const;
};

struct CFacts {
    const IntegerProgram& program;
    BufferPlan buffers;
    std::vector<LayerFacts> layers;

    const IntegerTensor& input() const { return program.tensors[program.input]; }
    const IntegerTensor& output() const { return program.tensors[program.output]; }

    /// The arrays of working memory, of whole double words: together they take the sum of their sizes, in
    /// whatever order a compiler puts them.
    Bytes arena_bytes() const { return aligned(buffers.size, 8); }
    /// The most that a layer needs; C has no empty arrays.
    Bytes patch_bytes() const;
    /// Of the largest layer that is decoded; none where no layer is.
    Bytes decoded_bytes() const;
    Bytes parameter_bytes() const;
    /// None where the step is no layer.
    const LayerFacts* layer_of(std::size_t step) const;
    /// Whether the step is a layer whose weights are encoded.
    bool is_encoded(std::size_t step) const;
};

CFacts find_c_facts(const IntegerProgram& program, WeightStorage storage);

} // namespace tandem
