// The genes that belong together, as a layer's do. Inside the search room only.
#pragma once

#include <cstddef>
#include <vector>

#include "tandem/search/search.h"

namespace tandem {

/// The ordered genes between the space's cuts, in order; a gene a block where the space names no cut. Genes
/// without neighbours are in none.
std::vector<std::vector<std::size_t>> genome_blocks(const GenomeSpace& space);

} // namespace tandem
