#include "points.h"

#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "tandem/core/document.h"
#include "tandem/deploy/c/c_writer.h"
#include "tandem/deploy/firmware/deployment.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/strategy/strategy.h"

namespace tandem::app {

namespace fs = std::filesystem;

namespace {

StrategyOptions strategy_in(const std::string& file) {
    StrategyOptions options;
    options.file = file;
    return options;
}

} // namespace

Result<std::vector<QuantizedPoint>> load_points(const std::string& command, const std::string& network,
                                                const DataOptions& data, const StrategyOptions& strategy,
                                                const std::vector<std::string>& points) {
    std::vector<QuantizedPoint> loaded;
    if (points.empty()) {
        loaded.push_back({"", TANDEM_TRY(load_quantized_network(command, network, data, strategy))});
        return loaded;
    }
    if (strategy.names_any()) {
        return bad_input(command, "--point", "another strategy beside it",
                         "a --point for each strategy, and no other");
    }
    bool reads_network = false;
    for (const std::string& point : points) {
        const std::size_t equals = point.find('=');
        if (equals == std::string::npos) {
            return bad_input("--point", "", point, "NAME=FILE, such as fast=strategy.json");
        }
        const std::string name = point.substr(0, equals);
        const fs::path given = point.substr(equals + 1);
        const bool is_folder = fs::is_directory(given);
        if (!is_folder && network.empty()) {
            return bad_input(command, "NETWORK", "nothing", "the network of " + given.string());
        }
        reads_network = reads_network || !is_folder;
        const std::string file = is_folder ? (given / deployed_network_file("")).string() : network;
        const StrategyOptions strategy_file =
            strategy_in((is_folder ? given / deployed_strategy_file("") : given).string());
        loaded.push_back({name, TANDEM_TRY(load_quantized_network(command, file, data, strategy_file))});
    }
    if (!network.empty() && !reads_network) {
        return bad_input(command, "NETWORK", network,
                         "none where every --point is a folder, which has its own");
    }
    return loaded;
}

Result<OperatingPoints> lower_points(const std::vector<QuantizedPoint>& points) {
    std::vector<OperatingPoint> lowered;
    lowered.reserve(points.size());
    for (const auto& [name, quantized] : points) {
        lowered.push_back({name, TANDEM_TRY(lower_to_integers(quantized.network, quantized.strategy))});
    }
    if (points.front().name.empty()) {
        TANDEM_TRY(check_emittable_in_c(lowered.front().program));
        return OperatingPoints(std::move(lowered.front().program));
    }
    TANDEM_TRY(check_operating_points(lowered));
    return OperatingPoints(std::move(lowered));
}

std::vector<EmittedFile> point_files(const std::vector<QuantizedPoint>& points) {
    std::vector<EmittedFile> files;
    for (const auto& [name, quantized] : points) {
        files.push_back({deployed_strategy_file(name),
                         to_json(to_document(quantized.strategy), JsonLayout::indented) + "\n"});
        files.push_back({deployed_network_file(name), emit_onnx(quantized.network)});
    }
    return files;
}

Result<std::vector<QuantizedPoint>> load_deployed_points(const std::string& command,
                                                         const std::string& folder,
                                                         const std::vector<std::string>& names) {
    const fs::path place = folder;
    std::vector<QuantizedPoint> points;
    for (const std::string& name : names.empty() ? std::vector<std::string>{""} : names) {
        const StrategyOptions strategy = strategy_in((place / deployed_strategy_file(name)).string());
        points.push_back(
            {name, TANDEM_TRY(load_quantized_network(command, (place / deployed_network_file(name)).string(),
                                                     DataOptions(), strategy))});
    }
    return points;
}

std::vector<std::int32_t> outputs_of(const ReferenceSamples& test, const OperatingPoints& points) {
    const Evaluator evaluator(test, Bytes(0));
    std::vector<std::vector<std::int32_t>> outputs;
    for (const OperatingPoint& point : points.all()) outputs.push_back(evaluator.outputs(point.program));
    const std::size_t samples = test.labels.size();
    const std::size_t classes = samples == 0 ? 0 : outputs.front().size() / samples;
    std::vector<std::int32_t> together;
    for (std::size_t sample = 0; sample < samples; ++sample) {
        for (const std::vector<std::int32_t>& of_point : outputs) {
            const auto first = of_point.begin() + static_cast<std::ptrdiff_t>(sample * classes);
            together.insert(together.end(), first, first + static_cast<std::ptrdiff_t>(classes));
        }
    }
    return together;
}

} // namespace tandem::app
