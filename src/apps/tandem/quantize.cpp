// `tandem quantize`: places the radix points of a strategy, or finds its scales, and scores it on the
// validation images, or writes its widths alone.

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "command.h"
#include "scoring.h"
#include "tandem/codesign/post_training_quantization.h"
#include "tandem/core/files.h"
#include "tandem/core/parallel.h"
#include "tandem/engine/evaluator.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/report/report.h"
#include "tandem/strategy/import.h"

namespace tandem::app {

namespace {

struct Options {
    std::string network;
    DataOptions data;
    StrategyOptions strategy;
    std::vector<std::string> calibration;
    std::string scales;
    std::string requantization;
    bool is_per_channel = false;
    PostTraining changes;
    std::string rounding = "nearest";
    bool is_uncalibrated = false;
    std::string out;
    bool force = false;
    CommonOptions common;
};

/// A format, and the scales where its integers have some.
std::string shown(const NumberFormat& format, std::size_t scales) {
    if (scales == 0) return to_string(format);
    return fmt::format("{}{}, {} scale{}", format.signedness == Signedness::is_signed ? "s" : "u",
                       format.bits, scales, scales == 1 ? "" : "s");
}

std::string to_table(const Calibrated& formats) {
    std::vector<std::vector<std::string>> rows;
    for (const LayerFormats& layer : formats.layers) {
        const std::size_t scales = layer.weight_scales.size();
        rows.push_back({layer.layer, shown(layer.weights, scales),
                        shown(layer.activations, std::min<std::size_t>(scales, 1))});
    }
    return format_table({{"layer"}, {"weights"}, {"input"}}, rows);
}

/// What --calibration says: methods by name, and numbers of images.
struct CalibrationChoice {
    std::optional<CalibrationMethod> method;
    std::int64_t images = 0;
};

Result<CalibrationChoice> parse_calibration(const Options& options) {
    const std::vector<std::string> names{"mse", "minmax", "entropy", "percentile"};
    CalibrationChoice choice{.method = std::nullopt, .images = options.data.calibration};
    for (const std::string& word : options.calibration) {
        const auto found = std::find(names.begin(), names.end(), word);
        std::int64_t images = 0;
        const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), images);
        if (found != names.end()) {
            choice.method = static_cast<CalibrationMethod>(found - names.begin());
        } else if (error == std::errc() && end == word.data() + word.size()) {
            choice.images = images;
        } else {
            return bad_input("--calibration", "", with_suggestion(word, names),
                             "mse, minmax, entropy, percentile, or a number of images");
        }
    }
    return choice;
}

/// How scales are to be found; none where radix points are to be placed, which takes mse and one format a
/// tensor.
Result<std::optional<ScaleOptions>> scale_options(const Options& options, const CalibrationChoice& choice) {
    const CalibrationMethod method = choice.method.value_or(CalibrationMethod::mse);
    const bool needs_scales =
        options.is_per_channel || method != CalibrationMethod::mse || !options.requantization.empty();
    if (options.scales == "power-of-two" && needs_scales) {
        return bad_input("--scales", "",
                         "powers of two with another method, --per-channel or --requantization",
                         "symmetric or asymmetric");
    }
    if (!needs_scales && (options.scales.empty() || options.scales == "power-of-two")) {
        return std::optional<ScaleOptions>();
    }
    ScaleOptions scales{.method = method, .is_per_channel = options.is_per_channel};
    if (options.scales == "asymmetric") scales.symmetry = Symmetry::asymmetric;
    if (options.requantization == "multiplier_double_rounding") {
        scales.requantization = RequantizationKind::multiplier_twice;
    } else if (options.requantization == "multiplier_single_rounding") {
        scales.requantization = RequantizationKind::multiplier_once;
    }
    return scales;
}

/// What a command ends with.
struct Outcome {
    Experiment experiment; ///< with the network as it came, in float
    QuantizedNetwork quantized;
};

/// The network with the strategy asked for, calibrated as asked for.
Result<Outcome> quantized(const Options& options) {
    const CalibrationChoice choice = TANDEM_TRY(parse_calibration(options));
    const std::optional<ScaleOptions> scales = TANDEM_TRY(scale_options(options, choice));
    DataOptions data = options.data;
    data.calibration = choice.images;
    Experiment experiment = TANDEM_TRY(load_experiment(options.network, data));
    std::optional<Strategy> asked = TANDEM_TRY(strategy_for(options.strategy, experiment));
    if (!asked) return no_strategy("tandem quantize");
    PostTraining changes = options.changes;
    changes.rounds_adaptively = options.rounding == "adaptive";
    QuantizedNetwork quantized =
        TANDEM_TRY(quantize_after_training(experiment, *std::move(asked), scales, changes));
    return Outcome{std::move(experiment), std::move(quantized)};
}

Existing existing(const Options& options) { return options.force ? Existing::replace : Existing::refuse; }

Result<void> write_strategy(const Options& options, const std::filesystem::path& file,
                            const Strategy& strategy) {
    if (options.out.empty()) return {};
    return write_file(file, to_json(to_document(strategy), JsonLayout::indented) + "\n", existing(options));
}

/// The strategy; beside it, in a folder, the network where it was changed from the one that came.
Result<void> write_outcome(const Options& options, const Network& came, const QuantizedNetwork& quantized) {
    const std::filesystem::path out = options.out;
    if (out.empty() || quantized.network == came) return write_strategy(options, out, quantized.strategy);
    if (out.extension() == ".json") {
        return bad_input(options.out, "", "the name of a file",
                         "that of a folder: the network was changed and belongs beside the strategy");
    }
    for (const char* name : {"network.onnx", "strategy.json"}) {
        TANDEM_TRY(check_replaceable(out / name, existing(options)));
    }
    TANDEM_TRY(make_folder(out));
    TANDEM_TRY(write_file(out / "network.onnx", emit_onnx(quantized.network), existing(options)));
    return write_strategy(options, out / "strategy.json", quantized.strategy);
}

/// Widths alone: what a machine needs to price a network; no data are read.
Result<void> write_widths(const Options& options) {
    const Network network = prepare_for_deployment(TANDEM_TRY(import_network(options.network)).network);
    const std::optional<Strategy> strategy = TANDEM_TRY(load_strategy(options.strategy, network));
    if (!strategy) return no_strategy("tandem quantize");
    Strategy widths = *strategy;
    widths.calibrated.reset();
    TANDEM_TRY(write_strategy(options, options.out, widths));
    if (options.common.json) return print_json(Document::Map{{"strategy", to_document(widths)}});
    std::vector<std::vector<std::string>> rows;
    for (const LayerStrategy& layer : widths.layers) {
        rows.push_back(
            {layer.layer, fmt::format("{}", layer.weight_bits), fmt::format("{}", layer.activation_bits)});
    }
    return print(fmt::format("{}\nnot calibrated: widths alone{}\n",
                             format_table({{"layer"}, {"weight bits"}, {"input bits"}}, rows),
                             options.out.empty() ? "" : "; written to " + options.out));
}

Result<void> execute(const Options& options) {
    if (options.is_uncalibrated) return write_widths(options);
    std::optional<ThreadLimit> limit;
    if (options.common.threads > 0) limit.emplace(options.common.threads);
    const auto [experiment, ready] = TANDEM_TRY(quantized(options));
    const Strategy& strategy = ready.strategy;
    const IntegerProgram program = TANDEM_TRY(lower_to_integers(ready.network, strategy));
    ReferenceSamples reference = TANDEM_TRY(reference_samples(experiment, Portion::validation));
    const double in_float = float_accuracy(reference);
    const Quality quality = Evaluator(std::move(reference), Bytes(0)).evaluate(program);
    TANDEM_TRY(write_outcome(options, experiment.network, ready));
    if (options.common.json) {
        return print_json(Document::Map{{"strategy", to_document(strategy)},
                                        {"samples", quality.samples},
                                        {"float_accuracy", in_float},
                                        {"accuracy", quality.accuracy},
                                        {"kl_divergence", quality.kl_divergence}});
    }
    const char* const images =
        experiment.has_training_images() ? "validation images" : "images that calibration did not see";
    return print(fmt::format("{}\naccuracy {:.2f} % (float {:.2f} %) on {} {}{}\n",
                             to_table(*strategy.calibrated), 100.0 * quality.accuracy, 100.0 * in_float,
                             quality.samples, images,
                             options.out.empty() ? "" : "; written to " + options.out));
}

} // namespace

void add_quantize(CLI::App& app, Action& action) {
    const auto options = std::make_shared<Options>();
    app.add_option("NETWORK", options->network, "ONNX or TensorFlow Lite file")->required();
    add_data_options(app, options->data);
    app.add_option("--calibration", options->calibration,
                   "mse (the default), minmax, entropy or percentile; or how many images are looked at (256)")
        ->allow_extra_args(false);
    app.add_option("--scales", options->scales,
                   "power-of-two (the default), or scales: symmetric, which --per-channel, another method or "
                   "--requantization ask for too, or asymmetric")
        ->check(CLI::IsMember({"power-of-two", "symmetric", "asymmetric"}));
    app.add_flag("--per-channel", options->is_per_channel, "a scale for the weights of each output channel");
    app.add_option("--requantization", options->requantization, "of scales; float by default")
        ->check(CLI::IsMember({"float", "multiplier_double_rounding", "multiplier_single_rounding"}));
    app.add_flag("--equalize", options->changes.equalizes,
                 "even out the ranges of weights between layers that follow each other");
    app.add_option(
           "--rounding", options->rounding,
           "of weights: nearest, or adaptive, to the integer by which the layer's outputs change least")
        ->check(CLI::IsMember({"nearest", "adaptive"}));
    app.add_flag("--correct-biases", options->changes.corrects_biases,
                 "take the mean error that quantisation makes out of biases");
    add_strategy_options(app, options->strategy);
    app.add_flag("--uncalibrated", options->is_uncalibrated, "give widths alone; needs no data");
    app.add_option("-o,--out", options->out,
                   "write the strategy to this file (JSON); a folder of network.onnx and strategy.json "
                   "where the network is changed");
    app.add_flag("--force", options->force, "replace the file if it exists");
    add_work_options(app, options->common);
    add_json_option(app, options->common);
    app.callback([options, &action] { action = [options] { return execute(*options); }; });
}

} // namespace tandem::app
