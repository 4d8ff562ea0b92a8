#include "tandem/codesign/experiment.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "tandem/core/log.h"
#include "tandem/core/parallel.h"
#include "tandem/engine/float_executor.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/network/trained_parameters.h"
#include "tandem/strategy/import.h"

namespace tandem {

namespace {

/// Samples in one float batch: fixed, because the batch decides the last bits of float results.
constexpr std::int64_t kFloatBatch = 100;

Result<void> check_fit(const Network& network, const Dataset& dataset, const std::string& file) {
    std::vector<Problem> problems;
    const Shape expected_input{kBatch, dataset.test.channels, dataset.test.rows, dataset.test.columns};
    if (network.inputs.size() != 1 || network.outputs.size() != 1) {
        problems.push_back(
            {file, "graph",
             fmt::format("{} inputs and {} outputs", network.inputs.size(), network.outputs.size()),
             "one input and one output"});
    } else {
        const Shape& input = network.shape(network.inputs.front());
        if (input != expected_input) {
            problems.push_back({file, "input '" + network.inputs.front() + "'", to_string(input),
                                fmt::format("{}, as {} has", to_string(expected_input), dataset.name)});
        }
        const auto classes = static_cast<std::int64_t>(dataset.classes.size());
        const Shape& output = network.shape(network.outputs.front());
        if (elements_per_sample(output) != classes) {
            problems.push_back({file, "output '" + network.outputs.front() + "'", to_string(output),
                                fmt::format("{} values a sample, the classes of {}", classes, dataset.name)});
        }
    }
    if (!problems.empty()) return bad_input(std::move(problems));
    return {};
}

/// Classes beyond the largest label are known to the network alone, as numbers.
void complete_classes(const Network& network, Dataset& dataset) {
    if (!dataset.may_have_more_classes || network.outputs.size() != 1) return;
    const auto outputs =
        static_cast<std::size_t>(elements_per_sample(network.shape(network.outputs.front())));
    while (dataset.classes.size() < outputs) {
        dataset.classes.push_back(fmt::format("{}", dataset.classes.size()));
    }
}

/// What the network sees of a pixel: as told, or, of a network that comes quantised and where nothing is
/// told, what makes the stored byte of its input the pixel itself (less 128 where it is signed).
Normalization normalization_for(const Normalization& told, const Network& network,
                                const std::optional<Strategy>& strategy) {
    if (told != Normalization{} || !strategy) return told;
    for (const TensorFormat& tensor : strategy->calibrated->tensors) {
        if (tensor.tensor != network.inputs.front() || !tensor.scale || tensor.format.bits != 8) continue;
        const auto zero = static_cast<float>(tensor.scale->zero_point - minimum_integer(tensor.format));
        return {.scale = tensor.scale->scale, .mean = {tensor.scale->scale * zero}, .deviation = {}};
    }
    return told;
}

} // namespace

Result<void> need_training_images(const Experiment& experiment) {
    if (experiment.has_training_images()) return {};
    return bad_input(experiment.dataset.name, "", "images to score on alone",
                     "training images to search with");
}

std::string data_folder(const DataOptions& data) {
    namespace fs = std::filesystem;
    if (data.root.empty()) return data.directory;
    if (!data.directory.empty())
        return (fs::path(data.root) / data.directory).string(); // an absolute one stays
    const fs::path usual = fs::path(data.root) / data.dataset;
    std::error_code ignored;
    return fs::is_directory(usual, ignored) ? usual.string() : data.directory;
}

Result<Experiment> load_experiment(const std::string& network_path, const DataOptions& data) {
    std::shared_ptr<const Subnetworks> supernet;
    if (is_supernet(network_path)) {
        supernet = std::make_shared<const Subnetworks>(TANDEM_TRY(load_supernet(network_path)));
    }
    auto [network, strategy] = supernet ? ImportedNetwork{.network = supernet->network(), .strategy = {}}
                                        : TANDEM_TRY(import_network(network_path));
    Dataset dataset = TANDEM_TRY(load_dataset(data.dataset, data_folder(data)));
    complete_classes(network, dataset);
    TANDEM_TRY(check_fit(network, dataset, network_path));
    TANDEM_TRY(check_normalization(data.normalization, dataset.test.channels));
    const Normalization normalization = normalization_for(data.normalization, network, strategy);
    dataset.train.normalization = normalization;
    dataset.test.normalization = normalization;
    Split split = dataset.train.count() > 0
                      ? TANDEM_TRY(split_dataset(dataset, data.calibration, data.validation))
                      : split_scored(dataset, data.calibration, data.validation);
    const std::int64_t parameters = trained_parameters(network);
    return Experiment{.network = prepare_for_deployment(std::move(network)),
                      .parameters = parameters,
                      .dataset = std::move(dataset),
                      .split = std::move(split),
                      .strategy = std::move(strategy),
                      .supernet = std::move(supernet)};
}

namespace {

Result<ReferenceSamples> reference_of(const Experiment& experiment, const Images& images,
                                      std::span<const std::int64_t> indices) {
    ReferenceSamples reference;
    reference.samples = to_floats(images, indices);
    reference.labels = labels_of(images, indices);
    reference.logits = TANDEM_TRY(float_logits(experiment.network, reference.samples));
    return reference;
}

} // namespace

std::vector<float> calibration_samples(const Experiment& experiment) {
    if (!experiment.has_training_images()) {
        log_warning(fmt::format(
            "{}: no training images; {} of the {} that are scored calibrate, without their labels",
            experiment.dataset.name, experiment.split.calibration.size(), experiment.dataset.test.count()));
    }
    return to_floats(experiment.held_out(), experiment.split.calibration);
}

Result<ReferenceSamples> reference_samples(const Experiment& experiment, Portion portion) {
    if (portion == Portion::validation) {
        return reference_of(experiment, experiment.held_out(), experiment.split.validation);
    }
    std::vector<std::int64_t> all(static_cast<std::size_t>(experiment.dataset.test.count()));
    std::iota(all.begin(), all.end(), std::int64_t{0});
    return reference_of(experiment, experiment.dataset.test, all);
}

Result<ReferenceSamples> reference_samples(const Experiment& experiment,
                                           std::span<const std::int64_t> test_images) {
    return reference_of(experiment, experiment.dataset.test, test_images);
}

Result<std::vector<float>> float_logits(const Network& network, std::span<const float> samples) {
    const FloatExecutor executor = TANDEM_TRY(FloatExecutor::create(network));
    const auto elements =
        static_cast<std::size_t>(elements_per_sample(network.shape(network.inputs.front())));
    const auto classes =
        static_cast<std::size_t>(elements_per_sample(network.shape(network.outputs.front())));
    const auto count = static_cast<std::int64_t>(samples.size() / elements);
    std::vector<float> logits(static_cast<std::size_t>(count) * classes);
    parallel_for(static_cast<std::size_t>(divide_up(count, kFloatBatch)), [&](std::size_t batch) {
        const std::size_t first = batch * static_cast<std::size_t>(kFloatBatch);
        const std::size_t taken =
            std::min(static_cast<std::size_t>(kFloatBatch), static_cast<std::size_t>(count) - first);
        const std::vector<float> found = executor.run(samples.subspan(first * elements, taken * elements),
                                                      static_cast<std::int64_t>(taken));
        std::copy(found.begin(), found.end(), logits.begin() + static_cast<std::ptrdiff_t>(first * classes));
    });
    // The integers stop before a Softmax at the end; its logarithm is the logits but for a constant a sample.
    const Node* const last = network.producer(network.outputs.front());
    if (last != nullptr && last->type == "Softmax") {
        for (float& logit : logits) logit = std::log(logit);
    }
    return logits;
}

double float_accuracy(const ReferenceSamples& reference) {
    const std::size_t classes = reference.logits.size() / reference.labels.size();
    std::int64_t correct = 0;
    for (std::size_t i = 0; i < reference.labels.size(); ++i) {
        const auto logits = std::span(reference.logits).subspan(i * classes, classes);
        if (predicted_class(logits) == reference.labels[i]) ++correct;
    }
    return static_cast<double>(correct) / static_cast<double>(reference.labels.size());
}

Result<Strategy> calibrate_scales(const Experiment& experiment, Strategy strategy,
                                  const ScaleOptions& options) {
    return calibrate_scales(std::move(strategy), experiment.network, calibration_samples(experiment),
                            options);
}

Result<Calibration> calibrate(const Experiment& experiment, std::vector<int> widths) {
    return calibrate(experiment.network, calibration_samples(experiment), std::move(widths));
}

Result<QuantizedNetwork> quantize(const Experiment& experiment, Strategy strategy) {
    if (experiment.supernet) return experiment.supernet->subnetwork(strategy);
    if (strategy.calibrated) return QuantizedNetwork{experiment.network, std::move(strategy)};
    std::set<int> widths{strategy.output_bits};
    for (const LayerStrategy& layer : strategy.layers) {
        widths.insert(layer.weight_bits);
        widths.insert(layer.activation_bits);
    }
    const Calibration calibration = TANDEM_TRY(calibrate(experiment, {widths.begin(), widths.end()}));
    return QuantizedNetwork{experiment.network,
                            apply_calibration(std::move(strategy), experiment.network, calibration)};
}

} // namespace tandem
