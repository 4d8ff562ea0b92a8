// How each operator of a Network is computed by LibTorch, differentiably.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include <torch/types.h>

#include "tandem/network/network.h"
#include "tandem/training/plugin/fused_output.h"

namespace tandem {

/// Batch normalisation normalises by the batch and updates its running statistics in training, and
/// by the running statistics in evaluation.
enum class Mode { training, evaluation };

/// One node about to be computed. `inputs` are in the node's order, undefined where an input is
/// left out or holds integers.
struct LoweringCall {
    const Node& node;
    const Network& network;
    std::vector<torch::Tensor> inputs;
    Mode mode = Mode::evaluation;
    /// Of a batch in the running statistics, in training; none: as the node says.
    std::optional<double> statistics_share = {};
    /// What the lowering does last; of those that take one.
    OutputTail tail = {};
};

struct Lowering {
    std::string_view type;
    torch::Tensor (*lower)(const LoweringCall&);
    bool takes_tail = false;
};

/// Every lowering, sorted by type.
const std::vector<Lowering>& known_lowerings();
/// The lowering of a type, or null.
const Lowering* find_lowering(std::string_view type);

} // namespace tandem
