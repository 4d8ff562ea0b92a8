#include "synthetic_run.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "tandem/core/check.h"
#include "tandem/core/random.h"

namespace tandem {

namespace {

struct Layer {
    const char* name;
    const char* type;
    std::int64_t multiply_accumulates;
    std::int64_t weights;
    double sensitivity; ///< how much narrow widths hurt
};

constexpr std::array<Layer, 10> kLayers{{{"conv1", "Conv", 112896, 144, 1.6},
                                         {"stage1.conv1", "Conv", 1806336, 2304, 0.7},
                                         {"stage1.conv2", "Conv", 1806336, 2304, 0.6},
                                         {"stage2.conv1", "Conv", 903168, 4608, 0.5},
                                         {"stage2.conv2", "Conv", 1806336, 9216, 0.4},
                                         {"stage2.shortcut", "Conv", 100352, 512, 0.5},
                                         {"stage3.conv1", "Conv", 903168, 18432, 0.3},
                                         {"stage3.conv2", "Conv", 1806336, 36864, 0.3},
                                         {"stage3.shortcut", "Conv", 100352, 2048, 0.3},
                                         {"classifier", "Gemm", 640, 640, 0.9}}};
constexpr std::array<int, 5> kWidths{2, 4, 6, 8, 16};
constexpr std::array<const char*, 4> kLevels{"dram", "buffer", "array", "registers"};

struct Widths {
    int weights = 16;
    int activations = 16;
};
using Genes = std::array<Widths, kLayers.size()>;

struct LayerFigures {
    double compute_energy = 0.0;
    std::array<double, kLevels.size()> level_energy{};
    std::int64_t compute_cycles = 0;
    std::int64_t cycles = 0;
};

LayerFigures layer_figures(const Layer& layer, Widths widths) {
    const auto macs = static_cast<double>(layer.multiply_accumulates);
    const double weight_share = widths.weights / 16.0;
    const double activation_share = widths.activations / 16.0;
    LayerFigures figures;
    figures.compute_energy = macs * weight_share * activation_share;
    const double reuse = std::sqrt(macs / static_cast<double>(layer.weights));
    figures.level_energy = {
        200.0 * (static_cast<double>(layer.weights) * weight_share + macs / 150.0 * activation_share),
        13.84 * macs / reuse * (weight_share + activation_share), 2.0 * macs / 9.0 * activation_share,
        macs * (weight_share + 2.0 * activation_share) / 3.0};
    const double per_cycle = std::floor(16.0 / std::max(widths.weights, widths.activations)) * 256.0 * 0.8;
    figures.compute_cycles = static_cast<std::int64_t>(std::ceil(macs / per_cycle));
    figures.cycles =
        figures.compute_cycles + static_cast<std::int64_t>(figures.level_energy[0] / 200.0 * 16.0 / 64.0);
    return figures;
}

struct Design {
    Genes genes;
    std::int64_t generation = 0;
    bool is_feasible = true;
    double accuracy = 0.0;
    double energy = 0.0;
    std::int64_t latency = 0;
};

Design evaluate(const Genes& genes, std::int64_t generation, double noise) {
    Design design{.genes = genes, .generation = generation};
    double loss = 0.0;
    for (std::size_t index = 0; index < kLayers.size(); ++index) {
        const LayerFigures figures = layer_figures(kLayers[index], genes[index]);
        design.energy += figures.compute_energy;
        for (const double energy : figures.level_energy) design.energy += energy;
        design.latency += figures.cycles;
        loss += kLayers[index].sensitivity * (std::exp2(-genes[index].weights * 1.6) * 1.2 +
                                              std::exp2(-genes[index].activations * 1.6) * 1.0);
    }
    const double accuracy = 0.1 + 0.821 * std::exp(-loss) + noise;
    design.accuracy = std::round(std::clamp(accuracy, 0.08, 0.9245) * 2000.0) / 2000.0;
    return design;
}

bool dominates(const Design& left, const Design& right) {
    const bool no_worse =
        left.accuracy >= right.accuracy && left.energy <= right.energy && left.latency <= right.latency;
    return no_worse &&
           (left.accuracy > right.accuracy || left.energy < right.energy || left.latency < right.latency);
}

Genes uniform(int bits) {
    Genes genes;
    genes.fill({bits, bits});
    return genes;
}

Genes mutated(Genes genes, Random& random) {
    const std::uint64_t changes = 1 + random.below(3);
    for (std::uint64_t change = 0; change < changes; ++change) {
        Widths& widths = genes[random.below(kLayers.size())];
        int& bits = random.below(2) == 0 ? widths.weights : widths.activations;
        bits = kWidths[random.below(kWidths.size())];
    }
    return genes;
}

constexpr std::int64_t kPopulation = 40;

/// Uniform precisions first, then mutations of the front so far; one in a hundred does not fit.
struct Search {
    std::vector<Design> designs;
    std::vector<std::size_t> front;
    std::vector<double> hypervolumes; ///< by generation

    void run(std::int64_t count) {
        Random random(1);
        for (std::int64_t id = 1; id <= count; ++id) {
            const std::int64_t generation = (id - 1) / kPopulation;
            Genes genes;
            if (id <= static_cast<std::int64_t>(kWidths.size())) {
                genes = uniform(kWidths[kWidths.size() - static_cast<std::size_t>(id)]);
            } else if (generation == 0) {
                for (int round = 0; round < 8; ++round) genes = mutated(genes, random);
            } else {
                genes = mutated(designs[front[random.below(front.size())]].genes, random);
            }
            add(evaluate(genes, generation, 0.002 * random.normal()));
            if (id > 5 && random.below(100) == 0) designs.back().is_feasible = false;
            if (designs.back().is_feasible) admit(designs.size() - 1);
            if (id % kPopulation == 0 || id == count) {
                const double before = hypervolumes.empty() ? 0.0 : hypervolumes.back();
                hypervolumes.push_back(std::max(before, spread()));
            }
        }
        std::sort(front.begin(), front.end(), [&](std::size_t left, std::size_t right) {
            return designs[left].energy < designs[right].energy;
        });
    }

    void add(Design design) { designs.push_back(design); }

    void admit(std::size_t candidate) {
        for (const std::size_t member : front) {
            if (dominates(designs[member], designs[candidate])) return;
        }
        std::erase_if(front,
                      [&](std::size_t member) { return dominates(designs[candidate], designs[member]); });
        front.push_back(candidate);
    }

    /// Something that grows as the front does.
    double spread() const {
        double best = 0.0;
        for (const std::size_t member : front) {
            const Design& design = designs[member];
            best +=
                design.accuracy * (1.0 - design.energy / 3e7) / std::sqrt(static_cast<double>(front.size()));
        }
        return 0.4 + 0.5 * (1.0 - std::exp(-best));
    }

    /// Farthest from the worst corner, each objective scaled to [0, 1] over the front, among those
    /// that lose at most two points of accuracy.
    std::size_t balanced() const {
        std::vector<std::array<double, 3>> points;
        for (const std::size_t member : front) {
            const Design& design = designs[member];
            points.push_back({-design.accuracy, design.energy, static_cast<double>(design.latency)});
        }
        std::vector<double> distances(points.size(), 0.0);
        for (std::size_t axis = 0; axis < 3; ++axis) {
            const auto [least, most] = std::minmax_element(
                points.begin(), points.end(),
                [axis](const auto& left, const auto& right) { return left[axis] < right[axis]; });
            for (std::size_t index = 0; index < points.size(); ++index) {
                const double gain = ((*most)[axis] - points[index][axis]) / ((*most)[axis] - (*least)[axis]);
                distances[index] += gain * gain;
            }
        }
        for (std::size_t index = 0; index < points.size(); ++index) {
            if (-points[index][0] < designs[0].accuracy - 0.02) distances[index] = 0.0;
        }
        const auto best = std::max_element(distances.begin(), distances.end());
        return front[static_cast<std::size_t>(best - distances.begin())];
    }
};

constexpr std::size_t kClasses = 10;
constexpr std::size_t kMappings = 2;

/// 200 samples a class; what is wrong is taken for the next class.
Document confusion_of(double accuracy) {
    const auto right = static_cast<std::int64_t>(std::round(200.0 * accuracy));
    Document::List counts;
    for (std::size_t label = 0; label < kClasses; ++label) {
        for (std::size_t taken = 0; taken < kClasses; ++taken) {
            const bool is_next = taken == (label + 1) % kClasses;
            counts.emplace_back(taken == label ? right : is_next ? 200 - right : std::int64_t{0});
        }
    }
    return counts;
}

/// A chain: each tensor lives for one step and the next.
Document memory_of() {
    Document::List steps;
    Document::List places;
    for (std::size_t step = 0; step < kLayers.size(); ++step) {
        steps.emplace_back(kLayers[step].name);
        places.emplace_back(Document::Map{{"tensor", std::string(kLayers[step].name) + ".output"},
                                          {"offset_bytes", step % 2 == 0 ? 0 : 12544},
                                          {"size_bytes", 12544 / (1 + static_cast<int>(step) / 3)},
                                          {"first_step", step},
                                          {"last_step", std::min(step + 1, kLayers.size() - 1)}});
    }
    return Document::Map{{"size_bytes", 25088}, {"steps", std::move(steps)}, {"places", std::move(places)}};
}

Document loop(const char* dimension, int iterations, int step) {
    return Document::Map{{"dimension", dimension}, {"iterations", iterations}, {"step", step}};
}

Document block(Document::List loops) { return Document::Map{{"loops", std::move(loops)}}; }

/// The weights go around the buffer.
Document mapping_of(int channels) {
    return Document::Map{
        {"temporal", Document::List{block({loop("OY", 2, 14), loop("K", 2, channels / 2)}),
                                    block({loop("OY", 2, 7)}), block({loop("OX", 28, 1)})}},
        {"rows", Document::List{loop("C", 2, 1), loop("FY", 3, 1)}},
        {"columns", Document::List{loop("OY", 7, 1)}},
        {"lanes", loop("C", 2, 1)},
        {"extents",
         Document::Map{
             {"N", 1}, {"K", channels}, {"C", channels}, {"OY", 28}, {"OX", 28}, {"FY", 3}, {"FX", 3}}},
        {"held", Document::List{Document::Map{{"weights", 0}, {"inputs", 0}, {"outputs", 0}},
                                Document::Map{{"weights", -1}, {"inputs", 1}, {"outputs", 1}}}},
        {"levels", Document::List{"dram", "buffer", "registers"}}};
}

Document details_of(const Design& design, std::int64_t id) {
    Document::List layers;
    double weight_bits = 0.0;
    for (std::size_t index = 0; index < kLayers.size(); ++index) {
        const Layer& layer = kLayers[index];
        const Widths widths = design.genes[index];
        const LayerFigures figures = layer_figures(layer, widths);
        weight_bits += static_cast<double>(layer.weights) * widths.weights;
        Document::Map energy{{"compute", figures.compute_energy}};
        for (std::size_t level = 0; level < kLevels.size(); ++level) {
            energy.emplace_back(kLevels[level], figures.level_energy[level]);
        }
        Document::Map traffic;
        for (std::size_t level = 0; level < kLevels.size(); ++level) {
            traffic.emplace_back(kLevels[level],
                                 static_cast<std::int64_t>(16.0 * figures.level_energy[level]));
        }
        const double utilization =
            0.8 * static_cast<double>(figures.compute_cycles) / static_cast<double>(figures.cycles);
        layers.emplace_back(Document::Map{{"name", layer.name},
                                          {"weight_bits", widths.weights},
                                          {"activation_bits", widths.activations},
                                          {"weight_storage_bytes", layer.weights * widths.weights / 8},
                                          {"cycles", figures.cycles},
                                          {"compute_cycles", figures.compute_cycles},
                                          {"utilization", utilization},
                                          {"energy", std::move(energy)},
                                          {"traffic_bits", std::move(traffic)},
                                          {"mapping", index % kMappings}});
    }
    return Document::Map{{"id", id},
                         {"accuracy", design.accuracy},
                         {"kl_divergence", std::round((0.93 - design.accuracy) * 4000.0) / 10000.0},
                         {"energy", design.energy},
                         {"latency", design.latency},
                         {"weight_storage_bytes", static_cast<std::int64_t>(weight_bits / 8.0)},
                         {"confusion", confusion_of(design.accuracy)},
                         {"layers", std::move(layers)},
                         {"memory", memory_of()},
                         {"strategy", Document::Map{{"layers", Document::List{}}}}};
}

Document columns_of(const std::vector<Design>& designs) {
    Document::List ids;
    Document::List generations;
    Document::List feasible;
    Document::List accuracies;
    Document::List energies;
    Document::List latencies;
    Document::List reasons;
    for (const Design& design : designs) {
        reasons.push_back(design.is_feasible ? Document() : Document(0));
        ids.emplace_back(ids.size() + 1);
        generations.emplace_back(design.generation);
        feasible.emplace_back(design.is_feasible);
        accuracies.push_back(design.is_feasible ? Document(design.accuracy) : Document());
        energies.push_back(design.is_feasible ? Document(design.energy) : Document());
        latencies.push_back(design.is_feasible ? Document(design.latency) : Document());
    }
    return Document::Map{{"id", std::move(ids)},
                         {"generation", std::move(generations)},
                         {"feasible", std::move(feasible)},
                         {"reason", std::move(reasons)},
                         {"accuracy", std::move(accuracies)},
                         {"energy", std::move(energies)},
                         {"latency", std::move(latencies)}};
}

Document network_of() {
    Document::List layers;
    for (const Layer& layer : kLayers) {
        layers.emplace_back(Document::Map{{"name", layer.name},
                                          {"type", layer.type},
                                          {"multiply_accumulates", layer.multiply_accumulates},
                                          {"weights", layer.weights}});
    }
    // A chain, with the shortcuts beside it.
    Document::List nodes;
    for (std::size_t index = 0; index < kLayers.size(); ++index) {
        const bool is_shortcut = std::string(kLayers[index].name).ends_with("shortcut");
        Document::List inputs;
        if (index > 0) inputs.emplace_back(is_shortcut ? index - 2 : index - 1);
        nodes.emplace_back(Document::Map{{"name", kLayers[index].name},
                                         {"type", kLayers[index].type},
                                         {"shape", "Nx16x28x28"},
                                         {"inputs", std::move(inputs)},
                                         {"layer", index}});
    }
    return Document::Map{{"name", "resnet8-fashion"},
                         {"parameters", 77754},
                         {"layers", std::move(layers)},
                         {"nodes", std::move(nodes)}};
}

Document objective_of(const char* key, const char* label, const char* unit, const char* goal, double scale) {
    return Document::Map{{"key", key}, {"label", label}, {"unit", unit}, {"goal", goal}, {"scale", scale}};
}

constexpr const char* kJob = R"(network: networks/resnet8-fashion.onnx
data: {dataset: fashion-mnist, calibration: 256, validation: 2000}
machine: machines/spatial-256.yaml
space: {weight_bits: [2, 4, 6, 8, 16], activation_bits: [2, 4, 6, 8, 16], tie: false}
search: {algorithm: nsga2, population: 40, generations: 25, seed: 1}
objectives: [accuracy, energy, latency]
)";
constexpr const char* kMachine = R"(family: spatial
name: spatial-256
array: {rows: 16, columns: 16}
buffer: {size_bytes: 262144}
)";

} // namespace

Document synthetic_run(std::int64_t designs) {
    TANDEM_CHECK(designs >= 20, "a synthetic run has at least 20 designs");
    Search search;
    search.run(designs);
    const std::size_t chosen = search.balanced();

    Document::List front;
    Document::List uniforms;
    Document::List details;
    std::vector<std::size_t> detailed = search.front;
    for (const std::size_t member : search.front) front.emplace_back(member + 1);
    for (std::size_t index = 0; index < kWidths.size(); ++index) {
        const int bits = kWidths[kWidths.size() - 1 - index];
        uniforms.emplace_back(Document::Map{{"label", std::to_string(bits) + "-bit"}, {"id", index + 1}});
        detailed.push_back(index);
    }
    std::sort(detailed.begin(), detailed.end());
    detailed.erase(std::unique(detailed.begin(), detailed.end()), detailed.end());
    for (const std::size_t index : detailed) {
        Document entry = details_of(search.designs[index], static_cast<std::int64_t>(index) + 1);
        if (index == 0 || index == chosen) {
            std::get<Document::Map>(entry.value)
                .emplace_back("test_accuracy", std::round(search.designs[index].accuracy * 1e4 - 31.0) / 1e4);
        }
        details.push_back(std::move(entry));
    }

    Document::List generations;
    for (std::size_t generation = 0; generation < search.hypervolumes.size(); ++generation) {
        const std::int64_t first = static_cast<std::int64_t>(generation) * kPopulation;
        const std::int64_t evaluated = std::min(kPopulation, designs - first);
        generations.emplace_back(Document::Map{{"generation", generation},
                                               {"hypervolume", search.hypervolumes[generation]},
                                               {"proposed", kPopulation},
                                               {"evaluated", evaluated},
                                               {"seconds", 0.02 * static_cast<double>(evaluated) + 0.1}});
    }

    Document::List classes;
    for (std::size_t label = 0; label < kClasses; ++label)
        classes.emplace_back("class " + std::to_string(label));
    return Document::Map{
        {"document_version", 1},
        {"title", "fashion-resnet8"},
        {"tandem_version", "0.1.0"},
        {"command", "tandem run examples/fashion-resnet8.yaml --seed 1"},
        {"job", kJob},
        {"seed", 1},
        {"dataset", Document::Map{{"name", "fashion-mnist"},
                                  {"validation_samples", 2000},
                                  {"test_samples", 10000},
                                  {"classes", std::move(classes)}}},
        {"network", network_of()},
        {"machine", Document::Map{{"name", "spatial-256"},
                                  {"family", "spatial"},
                                  {"description", kMachine},
                                  {"levels", Document::List{"dram", "buffer", "array", "registers"}},
                                  {"array", Document::Map{{"rows", 16}, {"columns", 16}}},
                                  {"outermost_bandwidth_bits_per_cycle", 64}}},
        {"objectives", Document::List{objective_of("accuracy", "Accuracy", "%", "maximize", 100.0),
                                      objective_of("energy", "Energy", "16-bit MACs", "minimize", 1.0),
                                      objective_of("latency", "Latency", "cycles", "minimize", 1.0)}},
        {"constraints",
         Document::List{
             Document::Map{{"objective", "accuracy"}, {"bound", 0.9}, {"label", "lowest allowed accuracy"}}}},
        {"reasons", Document::List{"conv1: no tile fits the buffer"}},
        {"designs", columns_of(search.designs)},
        {"front", std::move(front)},
        {"chosen", chosen + 1},
        {"reference", 1},
        {"uniform", std::move(uniforms)},
        {"details", std::move(details)},
        {"mappings", Document::List{mapping_of(16), mapping_of(32)}},
        {"phases", Document::List{Document::Map{{"name", "search"}, {"seconds", 12.5}},
                                  Document::Map{{"name", "proof of the C"}, {"seconds", 2.25}}}},
        {"artifacts", Document::List{Document::Map{{"name", "network.c"}, {"text", "int main(void);\n"}},
                                     Document::Map{{"name", "network.onnx"}, {"base64", "AAEC"}}}},
        {"generations", std::move(generations)},
        {"proof", Document::Map{{"samples", 10000}, {"differing_samples", 0}, {"compiler", "gcc 12.2.0"}}}};
}

Document hostile_run(std::int64_t designs) {
    Document run = synthetic_run(designs);
    const auto hostile = [](const std::string& what) {
        return Document("</script><img src=x onerror=\"window.hacked='" + what + "'\">" + what);
    };
    const auto rename = [&](Document& map, std::string_view key, const std::string& what) {
        member(map, key) = hostile(what);
    };
    const auto entries = [](Document& list) -> Document::List& {
        return std::get<Document::List>(list.value);
    };
    rename(run, "title", "title");
    rename(run, "job", "job");
    rename(member(run, "dataset"), "name", "dataset");
    for (Document& name : entries(member(member(run, "dataset"), "classes"))) name = hostile("class");
    Document& network = member(run, "network");
    rename(network, "name", "network");
    for (Document& layer : entries(member(network, "layers"))) rename(layer, "name", "layer");
    for (Document& node : entries(member(network, "nodes"))) rename(node, "name", "node");
    rename(member(run, "machine"), "name", "machine");
    rename(member(run, "machine"), "description", "description");
    for (Document& objective : entries(member(run, "objectives"))) {
        rename(objective, "label", "objective");
        rename(objective, "unit", "unit");
    }
    for (Document& constraint : entries(member(run, "constraints")))
        rename(constraint, "label", "constraint");
    for (Document& reason : entries(member(run, "reasons"))) reason = hostile("reason");
    for (Document& uniform : entries(member(run, "uniform"))) rename(uniform, "label", "uniform");
    for (Document& phase : entries(member(run, "phases"))) rename(phase, "name", "phase");
    for (Document& artifact : entries(member(run, "artifacts"))) rename(artifact, "name", "artifact");
    for (Document& mapping : entries(member(run, "mappings"))) {
        for (Document& level : entries(member(mapping, "levels"))) level = hostile("level");
    }
    for (Document& details : entries(member(run, "details"))) {
        for (Document& layer : entries(member(details, "layers"))) rename(layer, "name", "layer");
        Document& memory = member(details, "memory");
        for (Document& step : entries(member(memory, "steps"))) step = hostile("step");
        for (Document& place : entries(member(memory, "places"))) rename(place, "tensor", "tensor");
    }
    return run;
}

Document& member(Document& map, std::string_view key) {
    for (auto& [name, value] : std::get<Document::Map>(map.value)) {
        if (name == key) return value;
    }
    TANDEM_CHECK(false, "no member '" + std::string(key) + "'");
    return map;
}

void remove_member(Document& map, std::string_view key) {
    std::erase_if(std::get<Document::Map>(map.value), [&](const auto& entry) { return entry.first == key; });
}

} // namespace tandem
