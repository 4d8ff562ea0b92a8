// `tandem deploy`: a network under a calibrated strategy as standalone C, for the host or for a board, or as
// ONNX; or a bit-serial machine as RTL with its test bench.

#include <filesystem>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "command.h"
#include "deploy_firmware.h"
#include "points.h"
#include "scoring.h"
#include "tandem/core/files.h"
#include "tandem/core/parallel.h"
#include "tandem/deploy/c/c_proof.h"
#include "tandem/deploy/c/c_writer.h"
#include "tandem/deploy/rtl/rtl_writer.h"
#include "tandem/machine/bitserial/bitserial.h"
#include "tandem/strategy/onnx_form.h"

namespace tandem::app {

namespace fs = std::filesystem;

namespace {

struct Options {
    std::string network;
    std::string machine;
    std::uint64_t seed = 1;
    DataOptions data;
    StrategyOptions strategy;
    std::vector<std::string> points;
    std::string target;
    std::string board;
    std::string optimization = "-O3";
    std::string weights = "plain";
    std::string format = "qdq";
    std::string out;
    bool proves = false;
    bool force = false;
    CommonOptions common;
};

/// Refuses before anything is written, so that a folder never holds half of two networks.
Result<void> check_free(const fs::path& folder, const std::vector<EmittedFile>& files) {
    std::vector<Problem> problems;
    for (const EmittedFile& file : files) {
        if (fs::exists(folder / file.name)) {
            problems.push_back({(folder / file.name).string(), "", "a file that exists already",
                                "another folder, or --force to replace it"});
        }
    }
    if (!problems.empty()) return bad_input(std::move(problems));
    return {};
}

Result<void> write_files(const Options& options, const std::vector<EmittedFile>& files) {
    if (!options.force) TANDEM_TRY(check_free(options.out, files));
    std::error_code code;
    fs::create_directories(options.out, code);
    if (code) return failed(options.out, "", code.message(), "a folder that can be made");
    for (const EmittedFile& file : files) {
        TANDEM_TRY(write_file(fs::path(options.out) / file.name, file.contents, Existing::replace));
    }
    return {};
}

Result<void> print_written(const Options& options, std::string_view target, std::size_t files,
                           std::string_view advice) {
    if (options.common.json) {
        return print_json(Document::Map{{"target", target}, {"folder", options.out}, {"files", files}});
    }
    return print(fmt::format("{} files in {}{}\n", files, options.out, advice));
}

Result<void> write_rtl(const Options& options) {
    if (options.machine.empty()) {
        return bad_input("tandem deploy", "--machine", "nothing", "a machine file of the family bitserial");
    }
    if (!options.network.empty() || !options.points.empty() || options.proves) {
        return bad_input("tandem deploy", "--target",
                         options.network.empty() && options.points.empty() ? "rtl with --prove"
                                                                           : "rtl with a network",
                         "the machine alone: an array runs every network; 'make simulate' proves it");
    }
    const auto machine = TANDEM_TRY(load_bitserial_description(options.machine));
    const std::vector<EmittedFile> files = emit_rtl(machine, options.seed);
    TANDEM_TRY(write_files(options, files));
    return print_written(options, "rtl", files.size(),
                         fmt::format("; to prove and to count: make -C {} simulate synthesize", options.out));
}

Result<WeightStorage> parse_storage(const std::string& word) {
    if (word == "plain") return WeightStorage::plain;
    if (word == "lz4") return WeightStorage::lz4;
    return bad_input("--weights", "", with_suggestion(word, {"lz4", "plain"}), "plain or lz4");
}

Result<void> write_c(const Options& options) {
    Deployment deployment = TANDEM_TRY(make_deployment(options.target, options.board, options.optimization));
    const std::vector<QuantizedPoint> quantized = TANDEM_TRY(
        load_points("tandem deploy", options.network, options.data, options.strategy, options.points));
    const OperatingPoints points = TANDEM_TRY(lower_points(quantized));
    if (points.are_named()) {
        for (const QuantizedPoint& point : quantized) deployment.points.push_back(point.name);
    }
    const bool is_for_host = deployment.target == "host";
    const WeightStorage storage = TANDEM_TRY(parse_storage(options.weights));
    std::vector<EmittedFile> files = is_for_host
                                         ? emit_c_project(points, storage)
                                         : emit_firmware(points, *find_board(deployment.board), storage);
    files.push_back({std::string(kDeploymentFile),
                     to_json(write_fields(fields_of(deployment)), JsonLayout::indented) + "\n"});
    for (EmittedFile& file : point_files(quantized)) files.push_back(std::move(file));
    if (!options.force) TANDEM_TRY(check_free(options.out, files));
    if (!is_for_host) {
        const Image image = TANDEM_TRY(try_image(files, deployment, points));
        TANDEM_TRY(write_files(options, files));
        return print_image_size(options.out, deployment, points, image, options.common.json);
    }
    TANDEM_TRY(write_files(options, files));
    if (!options.proves) return print_written(options, "host", files.size(), "");

    const std::string& front = quantized.front().name;
    const fs::path network = fs::path(options.out) / deployed_network_file(front);
    const Experiment experiment = TANDEM_TRY(load_experiment(network.string(), options.data));
    const ReferenceSamples test = TANDEM_TRY(reference_samples(experiment, Portion::test));
    const CProof proof = TANDEM_TRY(prove_c(options.out, points, test.samples, outputs_of(test, points)));
    if (proof.differing_samples != 0) {
        return failed(options.out, "",
                      fmt::format("C that differs from the engine on {} of {} images",
                                  proof.differing_samples, proof.samples),
                      "none; this is a defect of Tandem, please report it");
    }
    return print(fmt::format("{} files in {}; equal to the engine on all {} test images ({})\n", files.size(),
                             options.out, proof.samples, proof.compiler));
}

Result<void> write_onnx(const Options& options) {
    const auto [network, strategy] =
        TANDEM_TRY(load_quantized_network("tandem deploy", options.network, options.data, options.strategy));
    const auto form = options.format == "qonnx" ? QuantizedOnnxForm::qonnx : QuantizedOnnxForm::qdq;
    const std::string bytes = emit_quantized_onnx(TANDEM_TRY(to_onnx_form(network, strategy, form)), form);
    TANDEM_TRY(write_file(options.out, bytes, options.force ? Existing::replace : Existing::refuse));
    if (options.common.json) {
        return print_json(
            Document::Map{{"target", "onnx"}, {"format", options.format}, {"file", options.out}});
    }
    return print(fmt::format("{}: {} bytes, {}\n", options.out, bytes.size(), options.format));
}

Result<void> execute(const Options& options) {
    std::optional<ThreadLimit> limit;
    if (options.common.threads > 0) limit.emplace(options.common.threads);
    if (options.target == "rtl") return write_rtl(options);
    if (options.network.empty() && options.points.empty()) {
        return bad_input("tandem deploy", "NETWORK", "nothing", "an ONNX file");
    }
    if (!options.machine.empty()) {
        return bad_input("tandem deploy", "--machine", "a machine for C", "--target rtl, or no --machine");
    }
    if (options.target == "onnx") {
        if (!options.points.empty()) {
            return bad_input("tandem deploy", "--point", "operating points for ONNX", "--strategy, or C");
        }
        return write_onnx(options);
    }
    return write_c(options);
}

} // namespace

void add_deploy(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("NETWORK", options->network,
                   "ONNX or TensorFlow Lite file, or folder of a supernet, for C and ONNX");
    app.add_option("--machine", options->machine, "machine file of the family bitserial, for RTL");
    app.add_option("--seed", options->seed, "of the products that the RTL's test bench multiplies")
        ->capture_default_str();
    add_strategy_options(app, options->strategy);
    app.add_option("--point", options->points,
                   "NAME=FILE or NAME=FOLDER: an operating point of the C, a strategy of the network or a "
                   "folder with network.onnx and strategy.json; repeated for each, the default first")
        ->allow_extra_args(false);
    app.add_option("--target", options->target,
                   "host (the default); a processor: cortex-m0, -m3, -m4, -m7, -m33, -m55, rv32imc; onnx; or "
                   "rtl: a machine");
    app.add_option("--format", options->format,
                   "of ONNX: qdq, which runtimes run, or qonnx, of any width and few levels")
        ->check(CLI::IsMember({"qdq", "qonnx"}))
        ->capture_default_str();
    app.add_option("--board", options->board,
                   "board whose memories the image must fit, such as nucleo-f412zg");
    app.add_option("--optimization", options->optimization, "of the cross compiler: -O1, -O2, -O3 or -Os")
        ->capture_default_str();
    app.add_option("--weights", options->weights,
                   "plain, or lz4: encoded, each layer by itself, and decoded into RAM before it runs")
        ->capture_default_str();
    app.add_option("-o,--out", options->out, "folder to write to; of ONNX the file")->required();
    app.add_flag("--prove", options->proves, "compile it and compare it with the engine on the test images");
    app.add_flag("--force", options->force, "replace files that exist");
    add_data_options(app, options->data);
    add_json_option(app, options->common);
    add_work_options(app, options->common);
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
