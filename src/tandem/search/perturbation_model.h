// What a design would lose and cost if its changes from a reference added up, from changes made one at a
// time. Inside the search room only.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "tandem/search/choices/choice_program.h"
#include "tandem/search/search.h"

namespace tandem {

class PerturbationModel {
  public:
    /// `sensitivity` names the number in an evaluation's details that a loss is measured by; where it is not
    /// there, the loss is the first objective. The other objectives are costs.
    PerturbationModel(const GenomeSpace& space, Genome reference, std::string sensitivity);

    const Genome& reference() const { return reference_; }

    /// The reference, each gene alone at each of its other alleles, and each two genes of a block together,
    /// as far from the reference as they go.
    std::vector<Genome> measurements() const;

    /// Takes an evaluation of one of them; those of other genomes say nothing.
    void learn(const Genome& genome, const Evaluation& evaluation);

    /// A group a block, a choice for each combination of its genes' alleles that fits alone and that no other
    /// one beats, and for each cost the least and the greatest sum. Losses are the summed perturbations, what
    /// looks like a gain counting as none; costs are differences from the reference, with what two genes of a
    /// block save together.
    struct Program {
        ChoiceProgram choices; ///< bounds are empty
        std::vector<double> least;
        std::vector<double> most;
        std::vector<std::vector<Genome>> alleles; ///< by group and choice, of the block's genes
    };
    Program program() const;
    /// The genome of a choice a group.
    Genome genome(const Program& program, const std::vector<std::size_t>& chosen) const;

  private:
    Genome with(std::size_t gene, int allele) const;
    Genome farthest(std::size_t left, std::size_t right) const;
    int farthest_allele(std::size_t gene) const;
    double measured_loss(const Evaluation& evaluation) const;
    /// Loss and costs of a block at these alleles; false when one of them does not fit alone.
    bool add_up(const std::vector<std::size_t>& block, const Genome& alleles, Choice& choice) const;

    GenomeSpace space_;
    Genome reference_;
    std::string sensitivity_;
    std::vector<std::vector<std::size_t>> blocks_;
    std::map<Genome, Evaluation> known_;
};

} // namespace tandem
