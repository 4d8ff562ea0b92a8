// What the files of the generated C need to know of all operating points together: the facts of each, the
// names of its parts, and which arrays of parameters several of them share.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/units.h"
#include "tandem/deploy/c/operating_points.h"
#include "tandem/machine/microcontroller/c_facts.h"

namespace tandem {

/// An array of a layer's parameters: what it is called, and whether this layer is the first that has it.
struct ParameterArray {
    std::string name; ///< "tandem_network_weights_3"
    bool is_first = true;
};

struct PointFacts {
    std::string name; ///< of the point; empty where there is but one
    CFacts facts;
    std::vector<ParameterArray> weights; ///< by layer, as facts.layers
    std::vector<ParameterArray> biases;  ///< likewise

    /// "fast_layer_3" of "layer_3"; of one point without a name that itself.
    std::string own(std::string_view part) const;
    /// "FAST_TENSOR_3" of "TENSOR_3", likewise.
    std::string own_macro(std::string_view part) const;
    /// What the step's table is called, and its parameters; nothing where the step is no layer.
    std::string step_name(std::size_t step) const;
    std::string weights_name(std::size_t step) const;
    std::string bias_name(std::size_t step) const;
};

/// Refers to the programs of the points, which outlive it.
struct ImageFacts {
    std::vector<PointFacts> points;

    bool has_choice() const { return !points.front().name.empty(); }
    const CFacts& first() const { return points.front().facts; }
    /// The working memory, which all points share: the most that any needs.
    Bytes arena_bytes() const;
    Bytes patch_bytes() const;
    Bytes decoded_bytes() const;
    /// Of all points, shared arrays once.
    Bytes parameter_bytes() const;
};

ImageFacts find_image_facts(const OperatingPoints& points, WeightStorage storage);

} // namespace tandem
