#include "tandem/search/genome_blocks.h"

#include <algorithm>

namespace tandem {

std::vector<std::vector<std::size_t>> genome_blocks(const GenomeSpace& space) {
    std::vector<std::vector<std::size_t>> blocks;
    std::vector<std::size_t> block;
    const auto close = [&] {
        if (!block.empty()) blocks.push_back(std::move(block));
        block.clear();
    };
    for (std::size_t gene = 0; gene < space.alleles.size(); ++gene) {
        const bool is_cut = std::ranges::find(space.cut_points, gene) != space.cut_points.end();
        if (is_cut || space.cut_points.empty()) close();
        if (!std::ranges::binary_search(space.unordered_genes, gene)) block.push_back(gene);
    }
    close();
    return blocks;
}

} // namespace tandem
