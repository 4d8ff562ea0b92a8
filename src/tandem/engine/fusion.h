// Which nodes of a network become one integer step. Widths play no part in it, so calibration and
// lowering share one plan: calibration visits the tensors that a lowered program will store.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tandem/core/result.h"
#include "tandem/network/network.h"

namespace tandem {

enum class StepKind { layer, add, max_pool, average_pool, requantize, flatten, select, concat };

/// Whether such a step moves integers without changing them: its output has its input's format.
constexpr bool rearranges(StepKind kind) { return kind == StepKind::flatten || kind == StepKind::select; }

/// One step to be: a node that computes, and the nodes fused into it. Tensors are named as in the
/// network; nodes point into it.
struct PlannedStep {
    StepKind kind = StepKind::layer;
    const Node* node = nullptr;          ///< null for a requantize, which is its clamps alone
    std::vector<std::string> inputs;     ///< stored tensors
    std::optional<std::string> residual; ///< stored tensor that a fused Add adds
    std::vector<const Node*> clamps;     ///< Relu and Clip, in order
    std::string output;                  ///< stored tensor
};

struct FusionPlan {
    std::string input;
    std::string output;
    std::vector<PlannedStep> steps;

    /// The tensor whose format a stored tensor has: a rearranged tensor has its source's.
    const std::string& format_source(const std::string& tensor) const;
};

/// Plans the steps of a network prepared for deployment; it must outlive the plan. A tensor of `kept` is
/// stored: nothing is fused over it. Errors: every node without an integer form, with `network.name` as their
/// file.
[[nodiscard]] Result<FusionPlan> plan_fusion(const Network& network, const std::set<std::string>& kept = {});

} // namespace tandem
