// The genomes of the quantisation search: one gene a layer and operand, its alleles the widths the
// job allows.
#pragma once

#include <vector>

#include "tandem/codesign/job.h"
#include "tandem/network/network.h"
#include "tandem/search/search.h"
#include "tandem/strategy/precision_space.h"
#include "tandem/strategy/strategy.h"

namespace tandem {

/// Genes in network order: weight width, then activation width of each layer; one gene a layer when
/// the job ties them. Crossover cuts between layers only. First guesses: every uniform precision
/// that both lists allow, widest first.
GenomeSpace quantization_space(const Network& network, const SpaceOptions& options);

/// The uncalibrated strategy a genome stands for; genes of an array after those of layers play no part.
Strategy decode(const Genome& genome, const Network& network, const SpaceOptions& options);

/// The genome with every layer at its widest, on the array of its first guess: the reference designs are
/// compared with.
Genome widest_genome(const GenomeSpace& space);

/// A uniform precision the space holds, layers of a given width apart.
struct UniformGenome {
    int bits = 0;
    Genome genome;
};
/// Widest first.
std::vector<UniformGenome> uniform_genomes(const GenomeSpace& space, const SpaceOptions& options);

/// The genome of one space in another: each gene takes the width that its layer had, the nearest where
/// there is no such width, the wider of two equally near, the widest where there was no such layer. An array
/// is that of a first guess.
Genome translate_genome(const Genome& genome, const std::vector<std::string>& gene_names,
                        const SpaceOptions& from, const GenomeSpace& space, const SpaceOptions& to);

/// The widths alone.
PrecisionSpace precision_space(const SpaceOptions& options);

/// Every width any layer may take, each once.
std::vector<int> all_widths(const SpaceOptions& options);

} // namespace tandem
