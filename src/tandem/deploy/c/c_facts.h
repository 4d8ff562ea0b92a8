// What the files of the generated C need to know of a program, found once.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "tandem/core/units.h"
#include "tandem/deploy/c/buffer_plan.h"
#include "tandem/deploy/c/c_layer.h"
#include "tandem/deploy/c/encoded_weights.h"
#include "tandem/engine/integer_program.h"

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
};

struct CFacts {
    const IntegerProgram& program;
    BufferPlan buffers;
    std::vector<LayerFacts> layers;

    const IntegerTensor& input() const { return program.tensors[program.input]; }
    const IntegerTensor& output() const { return program.tensors[program.output]; }

    /// The most that a layer needs; C has no empty arrays.
    std::int64_t patch_elements() const;
    Bytes patch_bytes() const { return Bytes(2 * patch_elements()); }
    Bytes parameter_bytes() const;
    /// Of the largest layer that is decoded; none where no layer is.
    Bytes decoded_bytes() const;
    /// Whether the step is a layer whose weights are encoded.
    bool is_encoded(std::size_t step) const;
};

CFacts find_c_facts(const IntegerProgram& program, WeightStorage storage);

} // namespace tandem
