// `tandem network`: a reference topology with seeded initial parameters, as an ONNX file.

#include <algorithm>
#include <memory>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "command.h"
#include "tandem/core/files.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/network/topologies/topologies.h"
#include "tandem/network/trained_parameters.h"
#include "tandem/report/report.h"

namespace tandem::app {

namespace {

struct Options {
    std::string name;
    bool lists = false;
    std::string input;
    std::optional<std::int64_t> classes;
    std::uint64_t seed = 1;
    std::string out;
    bool force = false;
    CommonOptions common;
};

Result<void> list(const Options& options) {
    Document::List entries;
    std::vector<std::vector<std::string>> rows;
    for (const Topology& topology : known_topologies()) {
        entries.push_back(Document::Map{{"name", std::string(topology.name)},
                                        {"description", std::string(topology.description)},
                                        {"input_shape", to_string(topology.usual_input)},
                                        {"classes", topology.usual_classes}});
        rows.push_back({std::string(topology.name), to_string(topology.usual_input),
                        fmt::format("{}", topology.usual_classes), std::string(topology.description)});
    }
    if (options.common.json) return print_json(entries);
    return print(format_table({{"name"}, {"input"}, {"classes", Alignment::right}, {"description"}}, rows));
}

Result<TopologyRequest> make_request(const Topology& topology, const Options& options) {
    TopologyRequest request{.input_shape = topology.usual_input,
                            .classes = options.classes.value_or(topology.usual_classes),
                            .seed = options.seed};
    if (options.input.empty()) return request;
    const auto [name, extents] = TANDEM_TRY(parse_input_extents(options.input));
    if (!name.empty() || extents.size() != 3) {
        return bad_input("--input", "", options.input, "CHANNELSxROWSxCOLUMNS, as 3x224x224");
    }
    if (!topology.takes(extents[1], extents[2])) {
        return bad_input("--input", "", options.input,
                         fmt::format("at least {} rows and {} columns, which {} needs", topology.minimum_rows,
                                     topology.minimum_columns, topology.name));
    }
    // Beyond any camera; channels and pixels multiply without overflow.
    constexpr std::int64_t kMostRows = 4096;
    if (extents[0] > kMostRows || extents[1] > kMostRows || extents[2] > kMostRows) {
        return bad_input("--input", "", options.input, fmt::format("at most {} of each", kMostRows));
    }
    request.input_shape = {kBatch, extents[0], extents[1], extents[2]};
    return request;
}

Result<void> execute(const Options& options) {
    if (options.lists) return list(options);
    std::vector<std::string> names;
    for (const Topology& topology : known_topologies()) names.emplace_back(topology.name);
    if (options.name.empty()) {
        return bad_input("tandem network", "", "no topology",
                         fmt::format("--list, or one of: {}", fmt::join(names, ", ")));
    }
    const Topology* topology = find_topology(options.name);
    if (topology == nullptr) {
        return bad_input("tandem network", "", "topology " + with_suggestion(options.name, names),
                         fmt::format("one of: {}", fmt::join(names, ", ")));
    }
    if (options.out.empty()) return bad_input("tandem network", "", "no --out", "the file to write");
    const Network network = topology->build(TANDEM_TRY(make_request(*topology, options)));
    TANDEM_TRY(
        write_file(options.out, emit_onnx(network), options.force ? Existing::replace : Existing::refuse));
    return print(fmt::format("{}: {} parameters, input {}, written to {}\n", topology->name,
                             trained_parameters(network), to_string(network.shape(network.inputs.front())),
                             options.out));
}

} // namespace

void add_network(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("NAME", options->name, "topology");
    app.add_flag("--list", options->lists, "list the topologies");
    app.add_option("--input", options->input, "channels, rows and columns, as 3x224x224");
    app.add_option("--classes", options->classes, "outputs")->check(CLI::Range(1, 1'000'000));
    app.add_option("--seed", options->seed, "of the initial parameters")->capture_default_str();
    app.add_option("-o,--out", options->out, "ONNX file to write");
    app.add_flag("--force", options->force, "replace the file if it exists");
    add_json_option(app, options->common);
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
