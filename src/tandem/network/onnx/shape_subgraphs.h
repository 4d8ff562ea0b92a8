// What exporters compute of shapes, folded away; and the few operators that are written with others.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tandem/network/network.h"

namespace tandem {

/// Whether a node of this type never stays: Shape and Size, what only constants compute, and Split.
bool is_folded_away(std::string_view type);

/// Rewrites a network as it stands in a file (without inner shapes, perhaps not valid) so that nodes on
/// constants, and on the extents of activations, become parameters, and each Split one Slice for each output
/// that is read. Problems name `file`: nodes that is_folded_away() and that depend on values, and a use of
/// the size of the batch that no free batch allows.
Network fold_shape_subgraphs(Network network, const std::string& file, std::vector<Problem>& problems);

} // namespace tandem
