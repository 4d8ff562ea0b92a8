// The Strategy: the software decisions, layer by layer. It names widths; once calibrated it also
// carries the radix points and the formats of the tensors in between.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tandem/core/document.h"
#include "tandem/core/hash.h"
#include "tandem/core/result.h"
#include "tandem/network/network.h"
#include "tandem/numerics/number_format.h"

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

    bool operator==(const LayerFormats&) const = default;
};

/// The format in which a tensor is stored between operators.
struct TensorFormat {
    std::string tensor;
    NumberFormat format;

    bool operator==(const TensorFormat&) const = default;
};

struct Calibrated {
    std::vector<LayerFormats> layers;  ///< one a layer, in network order
    std::vector<TensorFormat> tensors; ///< every stored tensor: see stored_bits()

    bool operator==(const Calibrated&) const = default;
};

/// The network's outputs keep 16 bits unless a strategy says otherwise.
inline constexpr int kOutputBits = 16;

struct Strategy {
    std::vector<LayerStrategy> layers; ///< one a layer, in network order
    int output_bits = kOutputBits;
    std::optional<Calibrated> calibrated;

    bool operator==(const Strategy&) const = default;
};

/// Every layer at the same widths.
Strategy uniform_strategy(const Network& network, int weight_bits, int activation_bits);

/// The width in which a tensor is stored: the widest `activation_bits` among the layers that read
/// it, directly or through operators that are no layers; `output_bits` where it reaches an output
/// of the network that way and no layer.
int stored_bits(const Network& network, const Strategy& strategy, const std::string& tensor);

/// Checks that the strategy names each layer of the network once, in order, with widths of 1 to 16.
[[nodiscard]] Result<void> validate(const Strategy& strategy, const Network& network,
                                    const std::string& file);

/// The JSON form and back; parsing gathers all problems.
Document to_document(const Strategy& strategy);
[[nodiscard]] Result<Strategy> parse_strategy(const Document& document, const std::string& file);
[[nodiscard]] Result<Strategy> load_strategy(const std::string& path);

ContentHash content_hash(const Strategy& strategy);

} // namespace tandem
