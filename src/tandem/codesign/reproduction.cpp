#include "tandem/codesign/reproduction.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tandem/codesign/reproductions/reproductions.h"
#include "tandem/core/check.h"

namespace tandem {

bool ReproducedFigure::passes() const {
    // A bar that is met exactly is met, whatever the last bit of the product says.
    const double margin = tolerance * std::abs(published) * (1.0 + 1e-12);
    switch (bar) {
    case Bar::within: return std::abs(ours - published) <= margin;
    case Bar::at_least: return ours >= published - margin;
    case Bar::at_most: return ours <= published + margin;
    }
    return false;
}

std::string ReproducedFigure::describe_bar() const {
    const bool is_exact = tolerance == 0.0;
    switch (bar) {
    case Bar::within: return is_exact ? "equal" : fmt::format("within {:.4g} %", 100.0 * tolerance);
    case Bar::at_least: return is_exact ? "at least" : fmt::format("at least {:.4g} of it", 1.0 - tolerance);
    case Bar::at_most: return is_exact ? "at most" : fmt::format("at most {:.4g} of it", 1.0 + tolerance);
    }
    return "";
}

ReproducedFigure ReproducedFigure::explained() const {
    TANDEM_CHECK(explanation.has_value(), "a figure without an explanation");
    ReproducedFigure other = *this;
    other.ours = explanation->ours;
    other.explanation.reset();
    return other;
}

const std::vector<Reproduction>& known_reproductions() {
    // Sorted by name, as the header promises.
    static const std::vector<Reproduction> kReproductions{
        {"anaconga-models", "cycles, DRAM traffic and FPGA resources of bit-serial arrays",
         "AnaCoNGA, the arrays and uniform ResNet-20 of its tables, as printed in the thesis of N. "
         "Al-Fasfous "
         "(TU Munich, 2022), chapter 6",
         reproductions::reproduce_anaconga_models},
        {"eyeriss-alexnet",
         "latency and buffer traffic of the Eyeriss chip with its own schedule; energies of its analysis",
         "Y.-H. Chen et al., JSSC 52(1), 2017, the table of AlexNet's convolutions; ISCA 2016, "
         "row-stationary energy",
         reproductions::reproduce_eyeriss_alexnet},
        {"hwflowq-baselines", "energy and cycles of ResNet-20 by dataflow and precision",
         "N. Fasfous et al., HW-FlowQ, ACM TECS 2021, the baselines of its tables",
         reproductions::reproduce_hwflowq_baselines},
        {"paq-memory", "memory of two networks by width, weights and activations in RAM together",
         "Grimaldi, Peluso and Calimera, IEEE Access 7, 2019, the memory axis of PaQ's planes",
         reproductions::reproduce_paq_memory},
        {"search-quality", "NSGA-II on problems whose fronts are known, beside pagmo 2",
         "pagmo 2 (Biscani and Izzo, JOSS 5(53), 2020), its nsga2 measured",
         reproductions::reproduce_search_quality},
        {"supernet-resnet20",
         "accuracies that a supernet of 1 to 8 bits says, against training of their own; CIFAR-10, hours",
         "bars of this project", reproductions::reproduce_supernet_resnet20},
        {"supernet-resnet8", "the same on Fashion-MNIST, for the network that ships", "bars of this project",
         reproductions::reproduce_supernet_resnet8},
    };
    return kReproductions;
}

const Reproduction* find_reproduction(std::string_view name) {
    const std::vector<Reproduction>& all = known_reproductions();
    const auto found = std::find_if(
        all.begin(), all.end(), [&](const Reproduction& reproduction) { return reproduction.name == name; });
    return found == all.end() ? nullptr : &*found;
}

Document to_document(const Reproduction& reproduction, const std::vector<ReproducedFigure>& figures) {
    Document::List list;
    for (const ReproducedFigure& figure : figures) {
        Document explanation;
        if (figure.explanation) {
            explanation = Document::Map{{"assumption", figure.explanation->assumption},
                                        {"ours", figure.explanation->ours},
                                        {"ratio", figure.explained().ratio()},
                                        {"pass", figure.explained().passes()}};
        }
        list.push_back(Document::Map{{"what", figure.what},
                                     {"unit", figure.unit},
                                     {"published", figure.published},
                                     {"ours", figure.ours},
                                     {"ratio", figure.ratio()},
                                     {"bar", figure.describe_bar()},
                                     {"tolerance", figure.tolerance},
                                     {"pass", figure.passes()},
                                     {"note", figure.note},
                                     {"explanation", std::move(explanation)}});
    }
    const bool all_pass = std::all_of(figures.begin(), figures.end(),
                                      [](const ReproducedFigure& figure) { return figure.passes(); });
    return Document::Map{{"name", reproduction.name},
                         {"source", reproduction.source},
                         {"figures", std::move(list)},
                         {"pass", all_pass}};
}

} // namespace tandem
