#include "tandem/codesign/quantized_training.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tandem/engine/calibration.h"
#include "tandem/engine/fusion.h"
#include "tandem/engine/integer_program.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/strategy/narrow_reads.h"

namespace tandem {

namespace {

constexpr std::size_t kCalibrationImages = 256; // as DataOptions has it

Result<Strategy> calibrate_powers_of_two(Strategy widths, const Network& prepared,
                                         std::span<const float> samples) {
    std::vector<int> bits{widths.output_bits};
    for (const LayerStrategy& layer : widths.layers) {
        bits.push_back(layer.weight_bits);
        bits.push_back(layer.activation_bits);
    }
    const Calibration calibration = TANDEM_TRY(calibrate(prepared, samples, bits));
    return apply_calibration(std::move(widths), prepared, calibration);
}

/// One bit holds two signs, or zero and one; -1 and 0, which a signed bit would hold, serve no one.
Result<void> make_single_bits_bipolar(Strategy& strategy, const Network& prepared) {
    std::set<std::string> stored;
    for (const TensorFormat& tensor : strategy.calibrated->tensors) stored.insert(tensor.tensor);
    const FusionPlan plan = TANDEM_TRY(plan_fusion(prepared, stored));
    // Layers write signs, and what picks among them or moves them keeps them.
    std::set<std::string> can_be_signs;
    for (const PlannedStep& step : plan.steps) {
        const bool keeps = step.kind == StepKind::max_pool || rearranges(step.kind);
        if (step.kind == StepKind::layer || (keeps && can_be_signs.contains(step.inputs.front()))) {
            can_be_signs.insert(step.output);
        }
    }
    for (LayerFormats& layer : strategy.calibrated->layers) {
        if (layer.weights.bits == 1) layer.weights = bipolar_format();
    }
    const auto is_signed_bit = [](const NumberFormat& format) {
        return format.bits == 1 && format.signedness == Signedness::is_signed;
    };
    std::vector<Problem> problems;
    for (TensorFormat& tensor : strategy.calibrated->tensors) {
        if (!is_signed_bit(tensor.format)) continue;
        tensor.format = bipolar_format();
        if (can_be_signs.contains(tensor.tensor)) continue;
        problems.push_back({prepared.name, fmt::format("tensor '{}'", tensor.tensor),
                            "signed values at 1 bit", "more bits: layers alone write signs"});
    }
    if (!problems.empty()) return bad_input(std::move(problems));
    for (LayerFormats& layer : strategy.calibrated->layers) {
        if (is_signed_bit(layer.activations)) layer.activations = bipolar_format();
    }
    return {};
}

void make_two_bits_ternary(Strategy& strategy) {
    for (LayerFormats& layer : strategy.calibrated->layers) {
        if (layer.weights.bits == 2) layer.weights = ternary_format();
    }
}

/// The first images that calibrate; all of them where a data set holds out fewer.
Result<std::vector<float>> calibration_samples(const Dataset& dataset) {
    Split split = TANDEM_TRY(split_pools(dataset));
    const std::size_t count = std::min(split.calibration.size(), kCalibrationImages);
    split.calibration.resize(count);
    return to_floats(dataset.train, split.calibration);
}

/// Scales for the steps to start from. What no engine computes need not train: it is an error.
Result<Strategy> calibrate_steps(Strategy widths, const Network& prepared, std::span<const float> samples,
                                 QuantizationMethod method) {
    Strategy strategy = TANDEM_TRY(calibrate_scales(std::move(widths), prepared, samples, ScaleOptions{}));
    if (method == QuantizationMethod::ternary) make_two_bits_ternary(strategy);
    TANDEM_TRY(make_single_bits_bipolar(strategy, prepared));
    TANDEM_TRY(lower_to_integers(prepared, strategy));
    return strategy;
}

} // namespace

Result<QuantizedStart> start_quantized_training(const Network& network, Strategy widths,
                                                QuantizationMethod method, const Dataset& dataset) {
    widths.calibrated.reset();
    widths.arithmetic = {};
    TANDEM_TRY(validate(widths, network, "strategy"));
    const std::vector<float> samples = TANDEM_TRY(calibration_samples(dataset));
    QuantizedStart start{.network = split_narrow_reads(network, widths), .setup = {.method = method}};
    const Network prepared = prepare_for_deployment(start.network);
    if (method == QuantizationMethod::fixed) {
        start.network = prepared;
        start.setup.strategy = TANDEM_TRY(calibrate_powers_of_two(std::move(widths), prepared, samples));
        return start;
    }
    start.setup.strategy = TANDEM_TRY(calibrate_steps(std::move(widths), prepared, samples, method));
    return start;
}

namespace {

/// Bits whose levels between the ends are at least `bases`.
int bits_of_levels(std::int64_t bases) {
    int bits = 1;
    while ((std::int64_t{1} << bits) - 1 < bases) ++bits;
    return bits;
}

/// The strategy with another width where `bits` reads at 1 bit.
Strategy with_single_bits_read_at(Strategy strategy, int bits) {
    for (LayerStrategy& layer : strategy.layers) {
        if (layer.activation_bits == 1) layer.activation_bits = bits;
    }
    return strategy;
}

} // namespace

Result<QuantizedStart> start_training_of_bases(const Network& network, Strategy widths,
                                               const BaseCounts& counts, const Dataset& dataset) {
    widths.calibrated.reset();
    widths.arithmetic = {};
    TANDEM_TRY(validate(widths, network, "strategy"));
    const std::vector<float> samples = TANDEM_TRY(calibration_samples(dataset));
    const Strategy wide = with_single_bits_read_at(widths, kMaximumBits);
    const Network split = split_narrow_reads(network, wide);
    const Network prepared = prepare_for_deployment(split);
    Strategy strategy = TANDEM_TRY(calibrate_scales(wide, prepared, samples, ScaleOptions{}));
    TANDEM_TRY(lower_to_integers(prepared, strategy));
    const int bits = bits_of_levels(counts.activations);
    const Strategy narrow = TANDEM_TRY(
        calibrate_scales(with_single_bits_read_at(widths, bits), prepared, samples, ScaleOptions{}));
    const auto levels = static_cast<float>((std::int64_t{1} << bits) - 1);
    std::map<std::string, TensorFormat> bases; // by the tensor that they stand in for
    for (std::size_t i = 0; i < widths.layers.size(); ++i) {
        LayerFormats& formats = strategy.calibrated->layers[i];
        if (widths.layers[i].weight_bits == 1) formats.weights = bipolar_format();
        strategy.layers[i].activation_bits = widths.layers[i].activation_bits;
        if (widths.layers[i].activation_bits > 1) continue;
        formats.activations.bits = 1;
        const std::string& tensor = layers(prepared)[i]->inputs.front();
        TensorFormat format = stored_format(prepared, narrow, tensor);
        format.tensor = tensor + "_bases";
        format.format.bits = 1;
        format.scale->scale *= levels / static_cast<float>(counts.activations);
        bases.emplace(tensor, std::move(format));
    }
    for (auto& [tensor, format] : bases) strategy.calibrated->tensors.push_back(std::move(format));
    return QuantizedStart{
        .network = split_single_bit_reads(split, strategy),
        .setup = {.method = QuantizationMethod::abc, .strategy = std::move(strategy), .bases = counts}};
}

Result<SupernetStart> start_supernet(const Network& network, PrecisionSpace space, const Dataset& dataset) {
    const std::vector<float> samples = TANDEM_TRY(calibration_samples(dataset));
    SupernetStart start{.network = separate_reads(network), .setup = {.space = std::move(space)}};
    const Network prepared = prepare_for_deployment(start.network);
    for (Strategy& widths : uniform_strategies(start.setup.space, network)) {
        start.setup.strategies.push_back(
            TANDEM_TRY(calibrate_steps(std::move(widths), prepared, samples, QuantizationMethod::lsq)));
    }
    return start;
}

} // namespace tandem
