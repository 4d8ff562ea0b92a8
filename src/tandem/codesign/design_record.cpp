#include "tandem/codesign/design_record.h"

#include <algorithm>
#include <cmath>

#include "tandem/core/check.h"

namespace tandem {

namespace {

/// Energy of one layer by where it is spent.
Document describe_energy(const LayerCost& layer) {
    Document::Map energy{{"compute", layer.compute_energy.value}};
    for (const LevelTraffic& level : layer.traffic) energy.emplace_back(level.level, level.energy.value);
    return energy;
}

/// Bits that crossed each level, read and written, of all operands.
Document describe_traffic(const LayerCost& layer) {
    Document::Map traffic;
    for (const LevelTraffic& level : layer.traffic) {
        std::int64_t bits = 0;
        for (std::size_t operand = 0; operand < kOperands; ++operand) {
            bits += level.read[operand].value + level.written[operand].value;
        }
        traffic.emplace_back(level.level, bits);
    }
    return traffic;
}

Document::Map describe_layer(const LayerStrategy& layer, const LayerWork& work) {
    const Bits weights = width(work, Operand::weights) * elements(work, Operand::weights);
    return {{"name", layer.layer},
            {"weight_bits", layer.weight_bits},
            {"activation_bits", layer.activation_bits},
            {"weight_storage_bytes", bytes_holding(weights).value}};
}

void add_schedule(Document::Map& layer, const LayerCost& price, std::size_t mapping) {
    layer.emplace_back("cycles", price.cycles.value);
    layer.emplace_back("compute_cycles", price.compute_cycles.value);
    layer.emplace_back("utilization", price.utilization);
    layer.emplace_back("energy", describe_energy(price));
    layer.emplace_back("traffic_bits", describe_traffic(price));
    layer.emplace_back("mapping", mapping);
}

/// What a layer takes of a board.
void add_step(Document::Map& layer, const ImageCost& image, const std::string& name) {
    const auto step = std::find_if(image.steps.begin(), image.steps.end(),
                                   [&](const StepCost& cost) { return cost.name == name; });
    TANDEM_CHECK(step != image.steps.end(), "a layer of the strategy is a step of the program");
    layer.emplace_back("flash_bytes", step->flash().value);
    layer.emplace_back("ram_bytes", step->ram().value);
    layer.emplace_back("instructions", std::llround(step->instructions));
}

/// The nodes with who feeds them, as places in the list; a layer says which one of the layers it is.
Document::List describe_nodes(const Network& network) {
    std::map<std::string, std::size_t> producers; // by tensor
    Document::List list;
    std::size_t layer_count = 0;
    for (const Node& node : network.nodes) {
        Document::List inputs;
        for (const std::string& input : node.inputs) {
            const auto producer = producers.find(input);
            if (producer != producers.end()) inputs.emplace_back(producer->second);
        }
        for (const std::string& output : node.outputs) producers[output] = list.size();
        Document::Map described{{"name", node.name},
                                {"type", node.type},
                                {"shape", to_string(network.shape(node.outputs.front()))},
                                {"inputs", std::move(inputs)}};
        if (is_layer(node)) described.emplace_back("layer", layer_count++);
        list.emplace_back(std::move(described));
    }
    return list;
}

const std::int64_t* whole_at(const Document* map, std::string_view key) {
    const Document* member = map != nullptr ? map->find(key) : nullptr;
    return member != nullptr ? member->get_if<std::int64_t>() : nullptr;
}

} // namespace

std::vector<std::int64_t> confusion_matrix(std::span<const std::int32_t> outputs,
                                           std::span<const std::int32_t> labels) {
    if (labels.empty()) return {};
    const std::size_t classes = outputs.size() / labels.size();
    TANDEM_CHECK(classes * labels.size() == outputs.size(), "as many outputs a sample as classes");
    std::vector<std::int64_t> counts(classes * classes);
    for (std::size_t sample = 0; sample < labels.size(); ++sample) {
        const auto label = static_cast<std::size_t>(labels[sample]);
        TANDEM_CHECK(label < classes, "every label is a class");
        const auto predicted = predicted_class(outputs.subspan(sample * classes, classes));
        ++counts[label * classes + static_cast<std::size_t>(predicted)];
    }
    return counts;
}

std::size_t MappingList::add(const QuantizationProblem& problem, const Genome& genome,
                             const LayerWork& work) {
    const Outcome<MappedLayer> mapped = problem.map(genome, work);
    TANDEM_CHECK(mapped.has_value(), "a layer of a design that fits was mapped before");
    if (levels_.empty()) {
        const Outcome<MappingSpace> space = problem.machine().mapping_space(work);
        TANDEM_CHECK(space.has_value(), "a layer that was mapped has a space of mappings");
        levels_ = space->levels;
    }
    Document described = to_document(mapped->mapping);
    Document::Map extents;
    for (const Dimension dimension : kAllDimensions) {
        extents.emplace_back(to_string(dimension), work.extent(dimension));
    }
    Document::List levels(levels_.begin(), levels_.end());
    auto& map = std::get<Document::Map>(described.value);
    map.emplace_back("extents", std::move(extents));
    map.emplace_back("levels", std::move(levels));
    const auto [place, is_new] = places_.try_emplace(to_json(described, JsonLayout::compact), list_.size());
    if (is_new) list_.push_back(std::move(described));
    return place->second;
}

Document describe_network(const QuantizationProblem& problem) {
    const Network& network = problem.experiment().network;
    const Strategy widest = uniform_strategy(network, kMaximumBits, kMaximumBits);
    Document::List list;
    const std::vector<const Node*> nodes = layers(network);
    const Workload workload = make_workload(network, widest);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const LayerWork& work = workload.layers[i].work;
        list.push_back(Document::Map{{"name", nodes[i]->name},
                                     {"type", nodes[i]->type},
                                     {"multiply_accumulates", multiply_accumulates(work).value},
                                     {"weights", elements(work, Operand::weights)}});
    }
    return Document::Map{{"name", network.name},
                         {"parameters", problem.experiment().parameters},
                         {"layers", std::move(list)},
                         {"nodes", describe_nodes(network)}};
}

Document describe_machine(const QuantizationProblem& problem, const Genome& genome) {
    const Outcome<Cost> cost = problem.cost(genome);
    TANDEM_CHECK(cost.has_value(), "the machine is described by a design that fits it");
    Document::List levels;
    if (!cost->layers.empty()) {
        for (const LevelTraffic& level : cost->layers.front().traffic) levels.emplace_back(level.level);
    }
    const MachinePointer machine = problem.machine_of(genome).value();
    const Document description = machine->describe();
    Document::Map map{{"name", machine->name()},
                      {"family", machine->family()},
                      {"description", to_yaml(description)},
                      {"levels", std::move(levels)}};
    const Document* array = description.find("array");
    const std::int64_t* rows = whole_at(array, "rows");
    const std::int64_t* columns = whole_at(array, "columns");
    if (rows != nullptr && columns != nullptr) {
        map.emplace_back("array", Document::Map{{"rows", *rows}, {"columns", *columns}});
    }
    const Document* memories = description.find("memories");
    const auto* list = memories != nullptr ? memories->get_if<Document::List>() : nullptr;
    if (list != nullptr && !list->empty()) {
        const std::int64_t* bandwidth = whole_at(&list->front(), "bandwidth_bits_per_cycle");
        if (bandwidth != nullptr) map.emplace_back("outermost_bandwidth_bits_per_cycle", *bandwidth);
    }
    return map;
}

Document describe_design(const QuantizationProblem& problem, const StoredDesign& design,
                         const Strategy& strategy, const MeasuredFigures& measured, MappingList& mappings) {
    const Workload workload = problem.workload(design.genome);
    const Outcome<Cost> cost = problem.cost(design.genome);
    TANDEM_CHECK(cost.has_value(), "a design that is described was priced before");
    const Result<Document> details = parse_json(design.evaluation.details, "run.sqlite");
    TANDEM_CHECK(details.has_value(), "the store keeps what the evaluator wrote");

    Document::Map map{{"id", design.id}};
    for (const char* key : {"accuracy", "kl_divergence"}) map.emplace_back(key, *details->find(key));
    if (measured.fine_tuned_accuracy) {
        map.emplace_back("fine_tuned_accuracy", *measured.fine_tuned_accuracy);
    }
    if (measured.test_accuracy) map.emplace_back("test_accuracy", *measured.test_accuracy);
    if (cost->image) {
        for (auto& total : image_totals(*cost->image)) map.push_back(std::move(total));
    } else {
        map.emplace_back("energy", cost->energy().value);
        map.emplace_back("latency", cost->cycles().value);
    }
    const std::vector<const Objective*> objectives = find_objectives(problem.job().objectives);
    for (std::size_t i = 0; i < objectives.size(); ++i) {
        const std::string key(objectives[i]->name);
        if (std::any_of(map.begin(), map.end(), [&](const auto& entry) { return entry.first == key; })) {
            continue;
        }
        map.emplace_back(key, from_minimized(*objectives[i], design.evaluation.objectives[i]));
    }
    map.emplace_back("weight_storage_bytes", bytes_holding(cost->weight_storage).value);
    const MachinePointer machine = problem.machine_of(design.genome).value();
    if (const auto resources = machine->resources()) {
        map.emplace_back("machine", machine->name());
        map.emplace_back("luts", resources->luts);
        map.emplace_back("brams", resources->brams);
        map.emplace_back("compute_cycles", cost->compute_cycles().value);
        map.emplace_back("dram_bytes", cost->outermost_bytes().value);
    }
    if (!measured.confusion.empty()) {
        map.emplace_back("confusion", Document::List(measured.confusion.begin(), measured.confusion.end()));
    }
    Document::List layer_list;
    for (std::size_t i = 0; i < strategy.layers.size(); ++i) {
        const LayerWork& work = workload.layers[i].work;
        Document::Map layer = describe_layer(strategy.layers[i], work);
        if (cost->image) {
            add_step(layer, *cost->image, strategy.layers[i].layer);
        } else {
            add_schedule(layer, cost->layers[i], mappings.add(problem, design.genome, work));
        }
        layer_list.emplace_back(std::move(layer));
    }
    map.emplace_back("layers", std::move(layer_list));
    map.emplace_back("strategy", to_document(strategy));
    return map;
}

} // namespace tandem
