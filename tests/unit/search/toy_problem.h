// A small discrete problem with the shape of ZDT1 (Zitzler, Deb and Thiele, "Comparison of
// Multiobjective Evolutionary Algorithms", 2000): gene 0 trades the objectives, every other gene
// should be 0. With two cases that real evaluators have: designs that do not fit, and constraints.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "tandem/search/driver.h"

namespace tandem::toy {

inline GenomeSpace space(std::size_t genes, int alleles) {
    GenomeSpace space;
    for (std::size_t i = 0; i < genes; ++i) space.gene_names.push_back("gene" + std::to_string(i));
    space.alleles.assign(genes, alleles);
    return space;
}

/// ZDT1 on the grid of alleles; both objectives minimised, the front is f2 = 1 - sqrt(f1).
inline Evaluation zdt1(const Genome& genome, int alleles) {
    const auto scaled = [&](int allele) {
        return static_cast<double>(allele) / static_cast<double>(alleles - 1);
    };
    double rest = 0.0;
    for (std::size_t i = 1; i < genome.size(); ++i) rest += scaled(genome[i]);
    const double g = genome.size() < 2 ? 1.0 : 1.0 + 9.0 * rest / static_cast<double>(genome.size() - 1);
    const double f1 = genome.empty() ? 0.0 : scaled(genome[0]);
    Evaluation evaluation;
    evaluation.objectives = {f1, g * (1.0 - std::sqrt(f1 / g))};
    return evaluation;
}

/// zdt1 on eight alleles, where every genome with an odd sum beyond a bound does not fit, and one
/// whose second objective is high breaks a constraint.
inline Evaluation constrained(const Genome& genome) {
    int sum = 0;
    for (const int allele : genome) sum += allele;
    Evaluation evaluation = zdt1(genome, 8);
    evaluation.details = "{\"sum\":" + std::to_string(sum) + "}";
    if (sum > 30 && sum % 2 == 1) {
        evaluation.objectives.clear();
        evaluation.infeasible = Infeasible{"the sum " + std::to_string(sum) + " does not fit"};
    } else if (evaluation.objectives[1] > 4.0) {
        evaluation.violation = evaluation.objectives[1] - 4.0;
    }
    return evaluation;
}

/// The run of the kill tests: 12 genes of eight alleles, `constrained`.
inline SearchOptions options() {
    SearchOptions options;
    options.population = 10;
    options.generations = 12;
    options.seed = 7;
    return options;
}

inline RunHeader header(const GenomeSpace& space) {
    return {.job = "search: {algorithm: nsga2}\n",
            .version = "0.1.0",
            .gene_names = space.gene_names,
            .objective_names = {"f1", "f2"}};
}

/// The designs without when, where and how long, which may differ between equal runs.
inline std::vector<StoredDesign> timeless(std::vector<StoredDesign> designs) {
    for (StoredDesign& design : designs) {
        design.seconds = 0.0;
        design.started = 0.0;
        design.worker.clear();
        design.attempt = 1;
    }
    return designs;
}

} // namespace tandem::toy
