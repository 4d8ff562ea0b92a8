// Operators on constants alone, as exporters write them around reshapes: the result, computed while a file is
// read. Values are float32 or int64.
#pragma once

#include <limits>
#include <string_view>
#include <vector>

#include "tandem/network/network.h"

namespace tandem {

/// The size of the batch among the integers that shape subgraphs compute with. It can be moved, never
/// reckoned with.
inline constexpr std::int64_t kBatchSize = std::numeric_limits<std::int64_t>::min();

/// How many elements a file may have made for it out of less (ConstantOfShape, Expand), in all: far above any
/// state or mask, and 64 MiB where a kilobyte of file asks for more.
inline constexpr std::int64_t kMostMadeElements = std::int64_t{1} << 24;

/// Whether constants of this operator are folded.
bool folds_constants(std::string_view type);

/// What a node of such an operator computes from its inputs (null for one left out), or what is wrong; the
/// place is empty.
tl::expected<Parameter, Problem> fold_constant(const Node& node, const std::vector<const Parameter*>& inputs);

} // namespace tandem
