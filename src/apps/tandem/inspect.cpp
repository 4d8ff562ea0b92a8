// `tandem inspect`: a network's layers with their work and weights.

#include <memory>

#include <fmt/format.h>

#include "command.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/report/report.h"
#include "tandem/workload/workload.h"

namespace tandem::app {

namespace {

struct Options {
    std::string network;
    CommonOptions common;
};

struct LayerRow {
    const Node* node;
    const Shape* output_shape;
    std::int64_t multiply_accumulates;
    std::int64_t weights;
};

std::vector<LayerRow> layer_rows(const Network& network) {
    const Workload workload = make_workload(network, uniform_strategy(network, kMaximumBits, kMaximumBits));
    std::vector<LayerRow> rows;
    const std::vector<const Node*> nodes = layers(network);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const LayerWork& work = workload.layers[i].work;
        rows.push_back({.node = nodes[i],
                        .output_shape = &network.shape(nodes[i]->outputs.front()),
                        .multiply_accumulates = multiply_accumulates(work).value,
                        .weights = elements(work, Operand::weights)});
    }
    return rows;
}

Document to_document(const Network& network, const std::vector<LayerRow>& rows) {
    Document::List list;
    for (const LayerRow& row : rows) {
        list.push_back(Document::Map{{"name", row.node->name},
                                     {"type", row.node->type},
                                     {"output_shape", to_string(*row.output_shape)},
                                     {"multiply_accumulates", row.multiply_accumulates},
                                     {"weights", row.weights}});
    }
    return Document::Map{{"name", network.name},
                         {"input_shape", to_string(network.shape(network.inputs.front()))},
                         {"nodes", network.nodes.size()},
                         {"layers", std::move(list)}};
}

std::string to_table(const Network& network, const std::vector<LayerRow>& rows) {
    std::vector<std::vector<std::string>> cells;
    std::int64_t operations = 0;
    std::int64_t weights = 0;
    for (const LayerRow& row : rows) {
        cells.push_back({row.node->name, row.node->type, to_string(*row.output_shape),
                         fmt::format("{}", row.multiply_accumulates), fmt::format("{}", row.weights)});
        operations += row.multiply_accumulates;
        weights += row.weights;
    }
    cells.push_back({"total", "", "", fmt::format("{}", operations), fmt::format("{}", weights)});
    return fmt::format("{}: input {}, {} nodes once batch normalisation is folded\n\n{}", network.name,
                       to_string(network.shape(network.inputs.front())), network.nodes.size(),
                       format_table({{"layer"},
                                     {"type"},
                                     {"output"},
                                     {"multiply-accumulates", Alignment::right},
                                     {"weights", Alignment::right}},
                                    cells));
}

Result<void> execute(const Options& options) {
    const Network network = prepare_for_deployment(TANDEM_TRY(load_onnx(options.network)));
    const std::vector<LayerRow> rows = layer_rows(network);
    if (options.common.json) return print_json(to_document(network, rows));
    return print(to_table(network, rows));
}

} // namespace

void add_inspect(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("NETWORK", options->network, "ONNX file")->required();
    add_json_option(app, options->common);
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
