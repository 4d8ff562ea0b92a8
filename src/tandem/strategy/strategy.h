// The Strategy: the software decisions, layer by layer. It names widths; once calibrated it also
// carries the radix points, or arbitrary scales, and the formats of the tensors in between.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tandem/core/document.h"
#include "tandem/core/hash.h"
#include "tandem/core/result.h"
#include "tandem/network/network.h"
#include "tandem/numerics/accumulator.h"
#include "tandem/numerics/affine_scale.h"
#include "tandem/numerics/number_format.h"
#include "tandem/numerics/rounding.h"

namespace tandem {

/// The decisions for one layer (a Conv or Gemm node): the width of its weights and of the
/// activations its multipliers read.
struct LayerStrategy {
    std::string layer; ///< the node's name
    int weight_bits = kMaximumBits;
    int activation_bits = kMaximumBits;

    bool operator==(const LayerStrategy&) const = default;
};

/// The formats of one layer, found by calibration.
struct LayerFormats {
    std::string layer;
    NumberFormat weights;
    NumberFormat activations; ///< in which the layer reads its input
    /// Where the strategy uses scales: of the weights, one or one an output channel; else none.
    std::vector<float> weight_scales = {};
    /// Where the strategy uses scales and the network's float bias does not say the integers to the unit:
    /// they, by output channel, at the scale of the products; else none.
    std::vector<std::int64_t> bias = {};

    bool operator==(const LayerFormats&) const = default;
};

/// The format in which a tensor is stored between operators.
struct TensorFormat {
    std::string tensor;
    NumberFormat format;
    std::optional<AffineScale> scale = {}; ///< where the strategy uses scales

    bool operator==(const TensorFormat&) const = default;
};

struct Calibrated {
    std::vector<LayerFormats> layers;  ///< one a layer, in network order
    std::vector<TensorFormat> tensors; ///< every stored tensor: see stored_bits()

    bool operator==(const Calibrated&) const = default;
};

/// How sums become integers of the next tensor; docs/integer-semantics.md has the equations.
enum class RequantizationKind {
    shift,            ///< power-of-two formats
    threshold,        ///< the same as tables of thresholds, in layers whose output has up to 8 bits
    multiplier_twice, ///< scales; TensorFlow Lite's multiplier and shift, rounded twice
    multiplier_once,  ///< scales; the same, rounded once
    floating,         ///< scales; ONNX Runtime's float factor
};
constexpr bool uses_scales(RequantizationKind kind) {
    return kind != RequantizationKind::shift && kind != RequantizationKind::threshold;
}

/// What holds for the whole network beside widths and formats.
struct Arithmetic {
    RequantizationKind requantization = RequantizationKind::shift;
    Rounding rounding = Rounding::half_even;     ///< of shifts
    std::uint64_t seed = 0;                      ///< of stochastic rounding
    std::optional<Accumulator> accumulator = {}; ///< of every layer; none: as wide as it needs to be

    bool operator==(const Arithmetic&) const = default;
};

/// The network's outputs keep 16 bits unless a strategy says otherwise.
inline constexpr int kOutputBits = 16;

struct Strategy {
    std::vector<LayerStrategy> layers; ///< one a layer, in network order
    int output_bits = kOutputBits;
    std::optional<Calibrated> calibrated;
    Arithmetic arithmetic = {};

    bool operator==(const Strategy&) const = default;
};

/// Every layer at the same widths.
Strategy uniform_strategy(const Network& network, int weight_bits, int activation_bits);

/// The width in which a tensor is stored: the widest `activation_bits` among the layers that read
/// it, directly or through operators that are no layers; `output_bits` where it reaches an output
/// of the network that way and no layer.
int stored_bits(const Network& network, const Strategy& strategy, const std::string& tensor);

/// The format of a tensor, or where nodes that a program leaves out (a Flatten of one pixel) pass another on,
/// of that. `strategy` is calibrated for the network, prepared for deployment.
const TensorFormat& stored_format(const Network& network, const Strategy& strategy, std::string tensor);

/// Checks that the strategy names each layer of the network once, in order, with widths of 1 to 16; and that
/// its formats have scales exactly where its arithmetic uses them.
[[nodiscard]] Result<void> validate(const Strategy& strategy, const Network& network,
                                    const std::string& file);

/// The JSON form and back; parsing gathers all problems.
Document to_document(const Strategy& strategy);
[[nodiscard]] Result<Strategy> parse_strategy(const Document& document, const std::string& file);
[[nodiscard]] Result<Strategy> load_strategy(const std::string& path);

ContentHash content_hash(const Strategy& strategy);

} // namespace tandem
