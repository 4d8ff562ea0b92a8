// `tandem execute`: a network on given arrays, in float or in the integers of a strategy; each output, or one
// layer's, as an array file.

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <span>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "command.h"
#include "tandem/core/files.h"
#include "tandem/data/npy.h"
#include "tandem/engine/float_executor.h"
#include "tandem/engine/integer_executor.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/strategy/import.h"

namespace tandem::app {

namespace fs = std::filesystem;

namespace {

struct Options {
    std::string network;
    std::vector<std::string> inputs;
    std::string shape;
    std::string layer;
    std::string strategy;
    std::string out;
    bool force = false;
};

using Arrays = std::map<std::string, NpyArray>;

/// The arrays that --input names, by input.
Result<Arrays> load_inputs(const Options& options, const Network& network) {
    Arrays arrays;
    std::vector<Problem> problems;
    const std::string choice = fmt::format("one of: {}", fmt::join(network.inputs, ", "));
    for (const std::string& given : options.inputs) {
        const std::size_t equals = given.find('=');
        const std::string name = given.substr(0, equals);
        if (equals == std::string::npos || !network.shapes.contains(name) ||
            std::find(network.inputs.begin(), network.inputs.end(), name) == network.inputs.end()) {
            problems.push_back(
                {"--input", "", with_suggestion(name, network.inputs), "NAME=FILE.npy, NAME " + choice});
            continue;
        }
        Result<NpyArray> array = load_npy(given.substr(equals + 1));
        if (!array) {
            problems.insert(problems.end(), array.error().problems.begin(), array.error().problems.end());
            continue;
        }
        const Shape& wanted = network.shape(name);
        Shape found = array->shape;
        if (!found.empty()) found.front() = kBatch;
        if (found != wanted || array->shape.front() < 1) {
            problems.push_back({given.substr(equals + 1), "shape", to_string(array->shape),
                                fmt::format("{} for input '{}'", to_string(wanted), name)});
        }
        arrays.insert_or_assign(name, std::move(*array));
    }
    for (const std::string& name : network.inputs) {
        const bool is_named = std::any_of(options.inputs.begin(), options.inputs.end(),
                                          [&](const auto& given) { return given.starts_with(name + "="); });
        if (!is_named)
            problems.push_back({"--input", "", fmt::format("nothing for '{}'", name), name + "=FILE.npy"});
    }
    if (!problems.empty()) return bad_input(std::move(problems));
    for (const auto& [name, array] : arrays) {
        if (array.shape.front() != arrays.begin()->second.shape.front()) {
            return bad_input(
                "--input", name, fmt::format("{} samples", array.shape.front()),
                fmt::format("{}, as '{}'", arrays.begin()->second.shape.front(), arrays.begin()->first));
        }
    }
    return arrays;
}

/// The tensor that --layer names: the output of a node, or a tensor itself.
Result<std::string> find_tensor(const Network& network, const std::string& layer) {
    std::vector<std::string> names;
    for (const Node& node : network.nodes) {
        if (node.name == layer) return node.outputs.front();
        names.push_back(node.name);
    }
    if (network.shapes.contains(layer)) return layer;
    return bad_input("--layer", "", with_suggestion(layer, names), "a node of the network");
}

NpyArray with_samples(const Network& network, const std::string& tensor, std::vector<float> values,
                      std::int64_t samples) {
    Shape shape = network.shape(tensor);
    shape.front() = samples;
    return {.shape = std::move(shape), .values = std::move(values)};
}

/// A tensor's name as a file's: letters, digits and ._- alone.
std::string file_name(std::string name) {
    for (char& letter : name) {
        const bool is_plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                              (letter >= '0' && letter <= '9') || letter == '.' || letter == '_' ||
                              letter == '-';
        if (!is_plain) letter = '_';
    }
    return name + ".npy";
}

using Outputs = std::map<std::string, NpyArray>;

/// The arrays that the float network writes: its outputs, or the layer asked for.
Result<Outputs> execute_in_float(const Options& options, const Network& network, const Arrays& inputs) {
    const FloatExecutor executor = TANDEM_TRY(FloatExecutor::create(network, Ends::any));
    std::string layer;
    if (!options.layer.empty()) layer = TANDEM_TRY(find_tensor(network, options.layer));
    std::map<std::string, std::span<const float>> values;
    for (const auto& [name, array] : inputs) values.emplace(name, array.values);
    const std::int64_t samples = inputs.begin()->second.shape.front();
    std::vector<float> observed;
    auto results = executor.run(values, samples, [&](std::string_view tensor, std::span<const float> stored) {
        if (tensor == layer) observed.assign(stored.begin(), stored.end());
    });
    Outputs outputs;
    if (!layer.empty()) {
        outputs.emplace(layer, with_samples(network, layer, std::move(observed), samples));
        return outputs;
    }
    for (auto& [name, stored] : results) {
        outputs.emplace(name, with_samples(network, name, std::move(stored), samples));
    }
    return outputs;
}

/// The stored tensor that --layer names: a layer's own or, where what follows is fused into it, what it
/// writes.
Result<TensorIndex> find_stored(const IntegerProgram& program, const Network& network,
                                const std::string& layer) {
    if (layer.empty()) return program.output;
    for (const Step& step : program.steps) {
        const auto* const found = std::get_if<LayerStep>(&step);
        if (found != nullptr && found->layer == layer) return found->output;
    }
    const std::string name = TANDEM_TRY(find_tensor(network, layer));
    for (TensorIndex tensor = 0; tensor < program.tensors.size(); ++tensor) {
        if (program.tensors[tensor].name == name) return tensor;
    }
    return bad_input("--layer", "", fmt::format("'{}', which is fused into the step after it", layer),
                     "a Conv, a Gemm or a tensor that the strategy stores");
}

/// Integers of a stored tensor, channels first, as the network has them.
NpyArray in_network_order(const IntegerTensor& tensor, const IntegerValues& values, std::int64_t samples) {
    const Extents& extents = tensor.extents;
    const std::int64_t pixels = extents.rows * extents.columns;
    NpyArray array{.shape = {samples, extents.channels}, .values = {}};
    if (pixels > 1) array.shape = {samples, extents.channels, extents.rows, extents.columns};
    for (std::int64_t sample = 0; sample < samples; ++sample) {
        for (std::int64_t channel = 0; channel < extents.channels; ++channel) {
            for (std::int64_t pixel = 0; pixel < pixels; ++pixel) {
                const std::int64_t place = (sample * pixels + pixel) * extents.channels + channel;
                array.values.push_back(static_cast<float>(values[static_cast<std::size_t>(place)]));
            }
        }
    }
    return array;
}

/// The integers of the program's output, or of the layer asked for. Those of 16 bits are exact in float32.
Result<Outputs> execute_in_integers(const Options& options, const Network& network, const Strategy& strategy,
                                    const Arrays& inputs) {
    const IntegerProgram program = TANDEM_TRY(lower_to_integers(network, strategy));
    const TensorIndex wanted = TANDEM_TRY(find_stored(program, network, options.layer));
    const NpyArray& input = inputs.begin()->second;
    const std::int64_t samples = input.shape.front();
    const auto tensors = execute_fast(FastProgram(program), quantize_input(program, input.values), samples);
    const IntegerTensor& tensor = program.tensors[wanted];
    return Outputs{{tensor.name, in_network_order(tensor, tensors[wanted], samples)}};
}

Result<Outputs> run(const Options& options) {
    OnnxOptions reading;
    if (!options.shape.empty()) {
        auto [name, extents] = TANDEM_TRY(parse_input_extents(options.shape));
        reading.input_extents.emplace(std::move(name), std::move(extents));
    }
    ImportedNetwork imported = TANDEM_TRY(import_network(options.network, reading));
    std::optional<Strategy> strategy = std::move(imported.strategy);
    if (!options.strategy.empty()) strategy = TANDEM_TRY(load_strategy(options.strategy));
    if (!strategy) {
        const Network network = fold_constants(std::move(imported.network));
        return execute_in_float(options, network, TANDEM_TRY(load_inputs(options, network)));
    }
    const Network network = prepare_for_deployment(std::move(imported.network));
    TANDEM_TRY(validate(*strategy, network, options.strategy.empty() ? options.network : options.strategy));
    return execute_in_integers(options, network, *strategy, TANDEM_TRY(load_inputs(options, network)));
}

Result<void> execute(const Options& options) {
    const Outputs outputs = TANDEM_TRY(run(options));
    std::error_code code;
    fs::create_directories(options.out, code);
    if (code) return failed(options.out, "", code.message(), "a folder that can be made");
    std::string text;
    for (const auto& [name, array] : outputs) {
        const fs::path path = fs::path(options.out) / file_name(name);
        TANDEM_TRY(write_file(path, emit_npy(array), options.force ? Existing::replace : Existing::refuse));
        text += fmt::format("{}: {} in {}\n", name, to_string(array.shape), path.string());
    }
    return print(text);
}

} // namespace

void add_execute(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("NETWORK", options->network, "ONNX or TensorFlow Lite file")->required();
    app.add_option("--input", options->inputs, "NAME=FILE.npy, an array of samples; once for each input")
        ->required();
    app.add_option("--shape", options->shape, "[NAME=]3x224x224, extents that the file leaves open");
    app.add_option("--layer", options->layer, "write the output of this node instead of the network's");
    app.add_option(
        "--strategy", options->strategy,
        "calibrated strategy (JSON): write the integers it makes; a quantised network has its own");
    app.add_option("-o,--out", options->out, "folder to write to")->required();
    app.add_flag("--force", options->force, "replace files that exist");
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
