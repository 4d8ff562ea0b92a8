// `tandem inspect`: a network's layers with their work and weights.

#include <memory>

#include <fmt/format.h>

#include "command.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/network/trained_parameters.h"
#include "tandem/report/report.h"
#include "tandem/strategy/import.h"
#include "tandem/workload/workload.h"

namespace tandem::app {

namespace {

struct Options {
    std::string network;
    std::vector<std::string> shapes;
    bool draws = false;
    CommonOptions common;
};

/// One layer's work at batch size 1.
struct LayerRow {
    const Node* node;
    const Shape* output_shape;
    std::int64_t multiply_accumulates;
    std::int64_t parameters;
    std::int64_t weights;
    std::int64_t inputs;
    std::int64_t outputs;

    /// Multiply-accumulates an operand element that is moved at least once.
    double intensity() const {
        return static_cast<double>(multiply_accumulates) / static_cast<double>(weights + inputs + outputs);
    }
};

struct Totals {
    std::int64_t multiply_accumulates = 0;
    std::int64_t parameters = 0; ///< of the network as it was given
    std::int64_t weights = 0;
};

std::vector<LayerRow> layer_rows(const Network& network) {
    const Workload workload = make_workload(network, uniform_strategy(network, kMaximumBits, kMaximumBits));
    std::vector<LayerRow> rows;
    const std::vector<const Node*> nodes = layers(network);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const LayerWork& work = workload.layers[i].work;
        const std::int64_t weights = elements(work, Operand::weights);
        rows.push_back(
            {.node = nodes[i],
             .output_shape = &network.shape(nodes[i]->outputs.front()),
             .multiply_accumulates = multiply_accumulates(work).value,
             .parameters = weights + elements_per_sample(network.parameter(nodes[i]->inputs[2])->shape),
             .weights = weights,
             .inputs = elements(work, Operand::inputs),
             .outputs = elements(work, Operand::outputs)});
    }
    return rows;
}

Document to_document(const Network& network, const std::vector<LayerRow>& rows, const Totals& totals) {
    Document::List list;
    for (const LayerRow& row : rows) {
        list.push_back(Document::Map{{"name", row.node->name},
                                     {"type", row.node->type},
                                     {"output_shape", to_string(*row.output_shape)},
                                     {"macs", row.multiply_accumulates},
                                     {"parameters", row.parameters},
                                     {"weights", row.weights},
                                     {"inputs", row.inputs},
                                     {"outputs", row.outputs},
                                     {"intensity", row.intensity()}});
    }
    return Document::Map{{"name", network.name},
                         {"input_shape", to_string(network.shape(network.inputs.front()))},
                         {"nodes", network.nodes.size()},
                         {"layers", std::move(list)},
                         {"total", Document::Map{{"macs", totals.multiply_accumulates},
                                                 {"parameters", totals.parameters},
                                                 {"weights", totals.weights}}}};
}

std::string to_table(const Network& network, const std::vector<LayerRow>& rows, const Totals& totals) {
    std::vector<std::vector<std::string>> cells;
    cells.reserve(rows.size() + 1);
    const auto number = [](std::int64_t value) { return fmt::format("{}", value); };
    for (const LayerRow& row : rows) {
        cells.push_back({row.node->name, row.node->type, to_string(*row.output_shape),
                         number(row.multiply_accumulates), number(row.parameters), number(row.inputs),
                         number(row.outputs), fmt::format("{:.1f}", row.intensity())});
    }
    cells.push_back(
        {"total", "", "", number(totals.multiply_accumulates), number(totals.parameters), "", "", ""});
    return fmt::format("{}: input {}, {} nodes once batch normalisation is folded\n\n{}", network.name,
                       to_string(network.shape(network.inputs.front())), network.nodes.size(),
                       format_table({{"layer"},
                                     {"type"},
                                     {"output"},
                                     {"multiply-accumulates", Alignment::right},
                                     {"parameters", Alignment::right},
                                     {"inputs", Alignment::right},
                                     {"outputs", Alignment::right},
                                     {"intensity", Alignment::right}},
                                    cells));
}

/// Names out of files between double quotes, as Graphviz reads them.
std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char letter : text) {
        if (letter == '"' || letter == '\\') out += '\\';
        out += letter >= ' ' && letter <= '~' ? letter : '?';
    }
    return out + '"';
}

/// The graph for Graphviz: operators as boxes, activations as edges with their shapes.
std::string to_dot(const Network& network) {
    std::string text =
        fmt::format("digraph {} {{\n  rankdir=TB;\n  node [shape=box];\n", quoted(network.name));
    const auto source = [&](const std::string& tensor) {
        const Node* producer = network.producer(tensor);
        return quoted(producer != nullptr ? producer->name : "input " + tensor);
    };
    for (const std::string& input : network.inputs) {
        text += fmt::format("  {} [shape=ellipse, label={}];\n", quoted("input " + input), quoted(input));
    }
    for (const Node& node : network.nodes) {
        text += fmt::format("  {} [label={}];\n", quoted(node.name), quoted(node.type + ": " + node.name));
        for (const std::string& input : node.inputs) {
            if (input.empty() || network.parameter(input) != nullptr) continue;
            text += fmt::format("  {} -> {} [label={}];\n", source(input), quoted(node.name),
                                quoted(to_string(network.shape(input))));
        }
    }
    for (const std::string& output : network.outputs) {
        text += fmt::format("  {} [shape=ellipse, label={}];\n  {} -> {} [label={}];\n",
                            quoted("output " + output), quoted(output), source(output),
                            quoted("output " + output), quoted(to_string(network.shape(output))));
    }
    return text + "}\n";
}

Result<void> execute(const Options& options) {
    OnnxOptions reading;
    for (const std::string& shape : options.shapes) {
        auto [name, extents] = TANDEM_TRY(parse_input_extents(shape));
        reading.input_extents.insert_or_assign(std::move(name), std::move(extents));
    }
    Network given = TANDEM_TRY(import_network(options.network, reading)).network;
    if (options.draws) return print(to_dot(given));
    Totals totals{.parameters = trained_parameters(given)};
    const Network network = prepare_for_deployment(std::move(given));
    const std::vector<LayerRow> rows = layer_rows(network);
    for (const LayerRow& row : rows) {
        totals.multiply_accumulates += row.multiply_accumulates;
        totals.weights += row.weights;
    }
    if (options.common.json) return print_json(to_document(network, rows, totals));
    return print(to_table(network, rows, totals));
}

} // namespace

void add_inspect(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("NETWORK", options->network, "ONNX or TensorFlow Lite file")->required();
    app.add_option("--shape", options->shapes,
                   "[NAME=]3x224x224, extents of an input that the file leaves open");
    app.add_flag("--dot", options->draws, "print the graph for Graphviz instead");
    add_json_option(app, options->common);
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
