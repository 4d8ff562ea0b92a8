#include "tandem/codesign/quantization_space.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string_view>

#include "tandem/core/check.h"

namespace tandem {

namespace {

/// Of the names of an array's genes.
constexpr std::string_view kArrayPrefix = "array.";

std::size_t genes_per_layer(const SpaceOptions& options) { return options.tie ? 1 : 2; }

/// Whether gene `index` of `genes` belongs to a layer whose width is given.
bool is_given(std::size_t index, std::size_t genes, const SpaceOptions& options) {
    const std::size_t stride = genes_per_layer(options);
    return options.first_last_bits && (index < stride || index + stride >= genes);
}

/// The widths that gene `index` of `genes` chooses from.
std::vector<std::int64_t> widths_of_gene(std::size_t index, std::size_t genes, const SpaceOptions& options) {
    if (is_given(index, genes, options)) return {*options.first_last_bits};
    return options.tie || index % 2 == 0 ? options.weight_bits : options.activation_bits;
}

/// Genes of layers come first; those of an array, which have no order, after them.
std::size_t layer_genes(const GenomeSpace& space) {
    return space.alleles.size() - space.unordered_genes.size();
}

/// The layers' genes, completed by the array of the first guess that has them, or of the first of all.
Genome completed(Genome of_layers, const GenomeSpace& space) {
    if (space.unordered_genes.empty()) return of_layers;
    const auto has_them = [&](const Genome& guess) {
        return std::equal(of_layers.begin(), of_layers.end(), guess.begin());
    };
    const auto found = std::ranges::find_if(space.first_guesses, has_them);
    const Genome& guess = found == space.first_guesses.end() ? space.first_guesses.front() : *found;
    of_layers.insert(of_layers.end(), guess.begin() + std::ssize(of_layers), guess.end());
    return of_layers;
}

} // namespace

GenomeSpace quantization_space(const Network& network, const SpaceOptions& options) {
    GenomeSpace space;
    for (const Node* layer : layers(network)) {
        if (!space.gene_names.empty()) space.cut_points.push_back(space.gene_names.size());
        if (options.tie) {
            space.gene_names.push_back(layer->name + ".bits");
        } else {
            space.gene_names.push_back(layer->name + ".weight_bits");
            space.gene_names.push_back(layer->name + ".activation_bits");
        }
    }
    for (std::size_t gene = 0; gene < space.gene_names.size(); ++gene) {
        space.alleles.push_back(
            static_cast<int>(widths_of_gene(gene, space.gene_names.size(), options).size()));
    }
    space.first_guesses.push_back(widest_genome(space));
    for (UniformGenome& uniform : uniform_genomes(space, options)) {
        if (uniform.genome != space.first_guesses.front()) {
            space.first_guesses.push_back(std::move(uniform.genome));
        }
    }
    return space;
}

Strategy decode(const Genome& genome, const Network& network, const SpaceOptions& options) {
    const std::size_t stride = genes_per_layer(options);
    const std::vector<const Node*> nodes = layers(network);
    const std::size_t genes = nodes.size() * stride;
    TANDEM_CHECK(genome.size() >= genes, "a genome has a gene for every layer and operand");
    const auto width = [&](std::size_t gene) {
        return static_cast<int>(
            widths_of_gene(gene, genes, options).at(static_cast<std::size_t>(genome[gene])));
    };
    Strategy strategy;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        strategy.layers.push_back({.layer = nodes[i]->name,
                                   .weight_bits = width(i * stride),
                                   .activation_bits = width(i * stride + stride - 1)});
    }
    return strategy;
}

Genome widest_genome(const GenomeSpace& space) {
    Genome genome;
    for (std::size_t gene = 0; gene < layer_genes(space); ++gene) genome.push_back(space.alleles[gene] - 1);
    return completed(std::move(genome), space);
}

std::vector<UniformGenome> uniform_genomes(const GenomeSpace& space, const SpaceOptions& options) {
    std::vector<UniformGenome> uniforms;
    const std::size_t genes = layer_genes(space);
    for (auto width = options.weight_bits.rbegin(); width != options.weight_bits.rend(); ++width) {
        Genome genome;
        for (std::size_t gene = 0; gene < genes; ++gene) {
            const auto widths = widths_of_gene(gene, genes, options);
            const auto found = is_given(gene, genes, options)
                                   ? widths.begin()
                                   : std::find(widths.begin(), widths.end(), *width);
            if (found != widths.end()) genome.push_back(static_cast<int>(found - widths.begin()));
        }
        if (genome.size() != genes) continue;
        uniforms.push_back({.bits = static_cast<int>(*width), .genome = completed(std::move(genome), space)});
    }
    return uniforms;
}

Genome translate_genome(const Genome& genome, const std::vector<std::string>& gene_names,
                        const SpaceOptions& from, const GenomeSpace& space, const SpaceOptions& to) {
    // A tied gene stands for both of its layer's.
    const auto layer_of = [](const std::string& name) { return name.substr(0, name.rfind('.')); };
    const auto position_of = [&](const std::string& name) {
        const auto exact = std::ranges::find(gene_names, name);
        return exact != gene_names.end() ? exact : std::ranges::find(gene_names, layer_of(name), layer_of);
    };
    Genome translated;
    const std::size_t genes = layer_genes(space);
    // Genes of an array, at the end, are not among those of layers.
    const auto is_of_layer = [](const std::string& name) { return !name.starts_with(kArrayPrefix); };
    const auto from_genes = static_cast<std::size_t>(std::ranges::count_if(gene_names, is_of_layer));
    for (std::size_t gene = 0; gene < genes; ++gene) {
        const std::vector<std::int64_t> widths = widths_of_gene(gene, genes, to);
        std::int64_t wanted = widths.back();
        const auto position = position_of(space.gene_names[gene]);
        if (position != gene_names.end()) {
            const auto index = static_cast<std::size_t>(position - gene_names.begin());
            wanted = widths_of_gene(index, from_genes, from).at(static_cast<std::size_t>(genome[index]));
        }
        std::size_t nearest = 0;
        for (std::size_t i = 1; i < widths.size(); ++i) {
            if (std::abs(widths[i] - wanted) <= std::abs(widths[nearest] - wanted)) nearest = i;
        }
        translated.push_back(static_cast<int>(nearest));
    }
    return completed(std::move(translated), space);
}

PrecisionSpace precision_space(const SpaceOptions& options) {
    PrecisionSpace space{.weight_bits = {options.weight_bits.begin(), options.weight_bits.end()},
                         .activation_bits = {options.activation_bits.begin(), options.activation_bits.end()}};
    if (options.first_last_bits) space.first_last_bits = static_cast<int>(*options.first_last_bits);
    return space;
}

std::vector<int> all_widths(const SpaceOptions& options) {
    std::set<int> widths;
    for (const auto* list : {&options.weight_bits, &options.activation_bits}) {
        for (const std::int64_t width : *list) widths.insert(static_cast<int>(width));
    }
    if (options.first_last_bits) widths.insert(static_cast<int>(*options.first_last_bits));
    return {widths.begin(), widths.end()};
}

} // namespace tandem
