#include "tandem/codesign/joint_space.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "tandem/core/check.h"

namespace tandem {

namespace {

constexpr std::size_t kHardwareGenes = 5;

std::array<std::size_t, kHardwareGenes> places(const HardwarePoint& point) {
    return {point.rows, point.columns, point.dot_product_bits, point.left_words, point.right_words};
}

std::size_t nearest(const std::vector<std::int64_t>& extents, std::int64_t wanted) {
    const auto distance = [&](std::int64_t extent) { return std::abs(extent - wanted); };
    return static_cast<std::size_t>(std::ranges::min_element(extents, {}, distance) - extents.begin());
}

} // namespace

HardwarePoint nearest_point(const HardwareSpace& space, const bitserial::Description& machine) {
    return {.rows = nearest(space.rows, machine.array.rows),
            .columns = nearest(space.columns, machine.array.columns),
            .dot_product_bits = nearest(space.dot_product_bits, machine.array.dot_product_bits),
            .left_words = nearest(space.buffer_words, machine.buffers.left_words),
            .right_words = nearest(space.buffer_words, machine.buffers.right_words)};
}

GenomeSpace with_hardware_genes(GenomeSpace space, const HardwareSpace& hardware, const FirstArray& first) {
    const auto add = [&](const char* name, const std::vector<std::int64_t>& extents) {
        space.unordered_genes.push_back(space.gene_names.size());
        space.gene_names.emplace_back(name);
        space.alleles.push_back(static_cast<int>(extents.size()));
    };
    add("array.rows", hardware.rows);
    add("array.columns", hardware.columns);
    add("array.dot_product_bits", hardware.dot_product_bits);
    add("array.left_words", hardware.buffer_words);
    add("array.right_words", hardware.buffer_words);
    for (Genome& guess : space.first_guesses) {
        for (const std::size_t place : places(first(guess))) guess.push_back(static_cast<int>(place));
    }
    return space;
}

HardwarePoint hardware_point(const Genome& genome) {
    TANDEM_CHECK(genome.size() > kHardwareGenes, "a genome with an array at its end");
    const auto place = [&](std::size_t gene) {
        return static_cast<std::size_t>(genome[genome.size() - kHardwareGenes + gene]);
    };
    return {.rows = place(0),
            .columns = place(1),
            .dot_product_bits = place(2),
            .left_words = place(3),
            .right_words = place(4)};
}

} // namespace tandem
