// Axes of an activation: never the batch, negative ones counted from the end.
#pragma once

#include "tandem/network/operators/rule_support.h"

namespace tandem::operators {

/// An axis from 1 to rank - 1; `place` names it in messages.
Judged<std::size_t> checked_axis(std::int64_t axis, std::size_t rank, const std::string& place);

/// The axis attribute, which must not be the batch.
Judged<std::size_t> read_axis(const OperatorCall& call, std::int64_t otherwise);

/// Distinct axes, ascending, of a tensor of that rank: from attribute "axes" before `input_since`, from
/// constant input 1 since. Empty when the node has none.
Judged<std::vector<std::size_t>> read_axes(const OperatorCall& call, std::int64_t input_since,
                                           std::size_t rank);

} // namespace tandem::operators
