#include "tandem/search/perturbation_model.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "tandem/core/check.h"
#include "tandem/core/document.h"
#include "tandem/search/genome_blocks.h"
#include "tandem/search/genome_pool.h"

namespace tandem {

namespace {

/// Combinations of a block beyond which its genes are chosen each by itself: two operands of 16 widths have
/// 256.
constexpr std::uint64_t kMostCombinations = 4096;

std::uint64_t combinations(const GenomeSpace& space, const std::vector<std::size_t>& block) {
    GenomeSpace part;
    for (const std::size_t gene : block) part.alleles.push_back(space.alleles[gene]);
    return genome_count(part);
}

/// Blocks small enough to be enumerated; every gene is in one.
std::vector<std::vector<std::size_t>> blocks_of(const GenomeSpace& space) {
    std::vector<std::vector<std::size_t>> blocks;
    for (std::vector<std::size_t>& block : genome_blocks(space)) {
        if (combinations(space, block) <= kMostCombinations) {
            blocks.push_back(std::move(block));
        } else {
            for (const std::size_t gene : block) blocks.push_back({gene});
        }
    }
    for (const std::size_t gene : space.unordered_genes) blocks.push_back({gene});
    return blocks;
}

bool is_nowhere_worse(const Choice& left, const Choice& right) {
    return left.loss <= right.loss &&
           std::equal(left.costs.begin(), left.costs.end(), right.costs.begin(), std::less_equal<>());
}

} // namespace

PerturbationModel::PerturbationModel(const GenomeSpace& space, Genome reference, std::string sensitivity)
    : space_(space), reference_(std::move(reference)), sensitivity_(std::move(sensitivity)),
      blocks_(blocks_of(space)) {}

Genome PerturbationModel::with(std::size_t gene, int allele) const {
    Genome genome = reference_;
    genome[gene] = allele;
    return genome;
}

int PerturbationModel::farthest_allele(std::size_t gene) const {
    const int last = space_.alleles[gene] - 1;
    return reference_[gene] > last - reference_[gene] ? 0 : last;
}

Genome PerturbationModel::farthest(std::size_t left, std::size_t right) const {
    Genome genome = with(left, farthest_allele(left));
    genome[right] = farthest_allele(right);
    return genome;
}

std::vector<Genome> PerturbationModel::measurements() const {
    std::vector<Genome> genomes{reference_};
    const auto ask = [&](Genome genome) {
        if (std::ranges::find(genomes, genome) == genomes.end()) genomes.push_back(std::move(genome));
    };
    for (const std::vector<std::size_t>& block : blocks_) {
        for (std::size_t i = 0; i < block.size(); ++i) {
            for (int allele = 0; allele < space_.alleles[block[i]]; ++allele) ask(with(block[i], allele));
            for (std::size_t j = 0; j < i; ++j) ask(farthest(block[j], block[i]));
        }
    }
    return genomes;
}

void PerturbationModel::learn(const Genome& genome, const Evaluation& evaluation) {
    if (!evaluation.infeasible) known_.insert_or_assign(genome, evaluation);
}

double PerturbationModel::measured_loss(const Evaluation& evaluation) const {
    const Result<Document> details = parse_json(evaluation.details, "details");
    const Document* figure = details ? details->find(sensitivity_) : nullptr;
    const auto* number = figure == nullptr ? nullptr : figure->get_if<double>();
    return number == nullptr ? evaluation.objectives.front() : *number;
}

bool PerturbationModel::add_up(const std::vector<std::size_t>& block, const Genome& alleles,
                               Choice& choice) const {
    const Evaluation& base = known_.at(reference_);
    const std::size_t costs = base.objectives.size() - 1;
    choice = Choice{.loss = 0.0, .costs = std::vector<double>(costs, 0.0)};
    const auto difference = [&](const Genome& genome, std::size_t cost) {
        const auto found = known_.find(genome);
        return found == known_.end() ? 0.0 : found->second.objectives[cost + 1] - base.objectives[cost + 1];
    };
    for (std::size_t i = 0; i < block.size(); ++i) {
        const Genome alone = with(block[i], alleles[i]);
        const auto found = known_.find(alone);
        if (found == known_.end()) return false;
        choice.loss += std::max(0.0, measured_loss(found->second) - measured_loss(base));
        for (std::size_t cost = 0; cost < costs; ++cost) {
            const double change = difference(alone, cost);
            choice.costs[cost] += change;
            for (std::size_t j = 0; j < i; ++j) {
                // Where a layer's cost is a product of its genes' shares, as it is of widths on a bit-serial
                // array, changes a and b make a + b + a b / (the layer's cost), whatever their sizes.
                const double left = difference(with(block[j], farthest_allele(block[j])), cost);
                const double right = difference(with(block[i], farthest_allele(block[i])), cost);
                const Genome together = farthest(block[j], block[i]);
                if (left == 0.0 || right == 0.0 || !known_.contains(together)) continue;
                const double interaction = (difference(together, cost) - left - right) / (left * right);
                choice.costs[cost] += interaction * change * difference(with(block[j], alleles[j]), cost);
            }
        }
    }
    return true;
}

PerturbationModel::Program PerturbationModel::program() const {
    TANDEM_CHECK(known_.contains(reference_), "a reference that was evaluated");
    const std::size_t costs = known_.at(reference_).objectives.size() - 1;
    Program program{.choices = {}, .least = std::vector<double>(costs, 0.0), .most = {}, .alleles = {}};
    program.most = program.least;
    for (const std::vector<std::size_t>& block : blocks_) {
        GenomeSpace part;
        for (const std::size_t gene : block) part.alleles.push_back(space_.alleles[gene]);
        std::vector<Choice> choices;
        std::vector<Genome> of_choices;
        Genome alleles(block.size(), 0);
        do {
            Choice choice;
            if (!add_up(block, alleles, choice)) continue;
            // What another choice beats is in no best answer, and would only make the program larger.
            const auto is_beaten = [&](const Choice& other) { return is_nowhere_worse(other, choice); };
            if (std::ranges::any_of(choices, is_beaten)) continue;
            for (std::size_t i = choices.size(); i-- > 0;) {
                if (!is_nowhere_worse(choice, choices[i])) continue;
                choices.erase(choices.begin() + static_cast<std::ptrdiff_t>(i));
                of_choices.erase(of_choices.begin() + static_cast<std::ptrdiff_t>(i));
            }
            choices.push_back(std::move(choice));
            of_choices.push_back(alleles);
        } while (count_up(alleles, part));
        // From here on no group is empty: the reference's own alleles fit.
        for (std::size_t cost = 0; cost < costs; ++cost) {
            const auto by_cost = [&](const Choice& choice) { return choice.costs[cost]; };
            const auto [least, most] = std::ranges::minmax(choices, {}, by_cost);
            program.least[cost] += least.costs[cost];
            program.most[cost] += most.costs[cost];
        }
        program.choices.groups.push_back(std::move(choices));
        program.alleles.push_back(std::move(of_choices));
    }
    return program;
}

Genome PerturbationModel::genome(const Program& program, const std::vector<std::size_t>& chosen) const {
    Genome genome = reference_;
    for (std::size_t group = 0; group < blocks_.size(); ++group) {
        const Genome& alleles = program.alleles[group][chosen[group]];
        for (std::size_t i = 0; i < alleles.size(); ++i) genome[blocks_[group][i]] = alleles[i];
    }
    return genome;
}

} // namespace tandem
