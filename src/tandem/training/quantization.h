// Quantisation-aware training: a network learns with the rounding that its integers will bring.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "tandem/core/result.h"
#include "tandem/network/network.h"
#include "tandem/strategy/precision_space.h"
#include "tandem/strategy/strategy.h"

namespace tandem {

/// How weights and activations are quantised while they learn; docs/training.md has the equations.
enum class QuantizationMethod {
    abc,         ///< 1 bit: sums of binary bases (Lin et al., 2017); more bits as lsq
    binary,      ///< 1 bit: signs, with the gradient of a hard tanh (Hubara et al., 2016); more bits as lsq
    dorefa,      ///< weights through tanh, activations with the calibrated range (Zhou et al., 2016)
    fixed,       ///< powers of two; weights rounded at random between the first epochs
    lsq,         ///< learned steps (Esser et al., 2020)
    lsq_channel, ///< as lsq, with a step of its own for the weights of each output channel
    pact,        ///< learned clip bounds, weights as dorefa (Choi et al., 2018)
    ternary,     ///< weights of 2 bits: -1, 0 and 1 times a mean magnitude (Li, Liu, 2016); all else as lsq
    xnor,        ///< as binary, with the mean magnitude of each filter as its scale (Rastegari et al., 2016)
};
/// Sorted.
const std::vector<std::string>& quantization_method_names();
/// Those whose networks keep their layers: all but abc.
const std::vector<std::string>& layerwise_method_names();
[[nodiscard]] Result<QuantizationMethod> parse_quantization_method(const std::string& name);
/// Whether its strategies use scales; else powers of two.
constexpr bool uses_scales(QuantizationMethod method) { return method != QuantizationMethod::fixed; }

/// Whether a node only rearranges integers, so that its output has the format and scale of its input.
bool rearranges(const Node& node);
/// The same, or a maximum, which with scales keeps them too.
bool keeps_scale(const Node& node);

/// How many binary bases stand in for what has 1 bit; of abc alone.
struct BaseCounts {
    std::int64_t weights = 1;     ///< of each layer
    std::int64_t activations = 1; ///< of each tensor that layers read

    bool operator==(const BaseCounts&) const = default;
};
/// So many of either at the most: weights and tensors multiply.
inline constexpr std::int64_t kMaximumBases = 8;

/// What learns to be quantised.
struct QuantizationSetup {
    QuantizationMethod method = QuantizationMethod::lsq;
    /// Calibrated for the network that trains, prepared for deployment. Of abc, a tensor of 1 bit has the
    /// distance between its bases as its scale.
    Strategy strategy = {};
    BaseCounts bases = {};
    /// Share of the loss that is the divergence from what the network says in float, as it was before; the
    /// rest is that of the labels.
    double distillation = 0.0;

    bool operator==(const QuantizationSetup&) const = default;
};

/// What becomes a precision supernet, with learned steps (QuantizationMethod::lsq).
struct SupernetSetup {
    PrecisionSpace space;
    /// The calibrated forms of uniform_strategies, for a network of separated reads.
    std::vector<Strategy> strategies = {};
    /// Strategies drawn in each step beside the widest, which learns from the labels, and the narrowest. All
    /// but the widest learn from what the widest says.
    std::int64_t drawn = 2;

    bool operator==(const SupernetSetup&) const = default;
};

/// How a network trains: in float, to be quantised, or as a supernet.
using TrainingSetup = std::variant<std::monostate, QuantizationSetup, SupernetSetup>;

} // namespace tandem
