#include "tandem/engine/calibration.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/core/parallel.h"
#include "tandem/engine/float_executor.h"
#include "tandem/engine/fusion.h"
#include "tandem/network/operators/weight_layout.h"
#include "tandem/numerics/radix_search.h"

namespace tandem {

namespace {

/// Samples a batch: fixed, because it decides the order of float sums; small, so that a few hundred
/// samples keep many threads busy.
constexpr std::int64_t kBatchSamples = 16;

struct Range {
    float minimum = 0.0F;
    float maximum = 0.0F;

    /// NaN fails both comparisons and leaves the range alone.
    void include(float value) {
        minimum = std::min(minimum, value);
        maximum = std::max(maximum, value);
    }
};

/// The tensors that need formats: all that a lowered program stores but rearrangements of others.
std::vector<std::string> calibrated_tensors(const FusionPlan& plan) {
    std::vector<std::string> tensors{plan.input};
    for (const PlannedStep& step : plan.steps) {
        if (!rearranges(step.kind)) tensors.push_back(step.output);
    }
    return tensors;
}

/// The float network on the samples, batch by batch.
struct BatchedRun {
    const FloatExecutor& executor;
    const std::vector<std::string>& tensors;
    std::span<const float> samples;
    std::int64_t sample_elements;

    std::size_t batches() const {
        const auto batch_elements = static_cast<std::size_t>(kBatchSamples * sample_elements);
        return (samples.size() + batch_elements - 1) / batch_elements;
    }

    /// Runs one batch and calls visit(index into `tensors`, values).
    template <class Visit> void visit_batch(std::size_t batch, const Visit& visit) const {
        const auto batch_elements = static_cast<std::size_t>(kBatchSamples * sample_elements);
        const std::span<const float> rest = samples.subspan(batch * batch_elements);
        const std::span<const float> input = rest.first(std::min(rest.size(), batch_elements));
        const auto on_activation = [&](std::string_view tensor, std::span<const float> values) {
            const auto found = std::find(tensors.begin(), tensors.end(), tensor);
            if (found != tensors.end()) visit(static_cast<std::size_t>(found - tensors.begin()), values);
        };
        executor.run(input, std::ssize(input) / sample_elements, on_activation);
    }
};

std::vector<Range> find_ranges(const BatchedRun& run) {
    std::vector<std::vector<Range>> by_batch(run.batches(), std::vector<Range>(run.tensors.size()));
    parallel_for(by_batch.size(), [&](std::size_t batch) {
        run.visit_batch(batch, [&](std::size_t tensor, std::span<const float> values) {
            Range range;
            for (const float value : values) range.include(value);
            by_batch[batch][tensor] = range;
        });
    });
    std::vector<Range> ranges(run.tensors.size());
    for (const std::vector<Range>& batch : by_batch) {
        for (std::size_t tensor = 0; tensor < ranges.size(); ++tensor) {
            ranges[tensor].include(batch[tensor].minimum);
            ranges[tensor].include(batch[tensor].maximum);
        }
    }
    return ranges;
}

/// One finished search a tensor.
std::vector<RadixSearch> search_formats(const BatchedRun& run, const std::vector<int>& widths) {
    std::vector<RadixSearch> total;
    for (const Range& range : find_ranges(run)) total.emplace_back(widths, range.minimum, range.maximum);
    std::vector<std::vector<RadixSearch>> by_batch(run.batches(), total);
    parallel_for(by_batch.size(), [&](std::size_t batch) {
        run.visit_batch(batch, [&](std::size_t tensor, std::span<const float> values) {
            by_batch[batch][tensor].observe(values);
        });
    });
    // Adding in the order of batches keeps the result free of the number of threads.
    for (const std::vector<RadixSearch>& batch : by_batch) {
        for (std::size_t tensor = 0; tensor < total.size(); ++tensor) total[tensor].merge(batch[tensor]);
    }
    return total;
}

/// The format of a name at a width; calibration must have been asked for it.
const NumberFormat& look_up(const std::map<std::pair<std::string, int>, NumberFormat>& formats,
                            const std::string& name, int bits) {
    const auto found = formats.find({name, bits});
    TANDEM_CHECK(found != formats.end(), fmt::format("'{}' is calibrated at {} bits", name, bits));
    return found->second;
}

std::vector<Histogram> count_values(const BatchedRun& run) {
    std::vector<Histogram> total;
    for (const Range& range : find_ranges(run)) total.emplace_back(range.minimum, range.maximum);
    std::vector<std::vector<Histogram>> by_batch(run.batches(), total);
    parallel_for(by_batch.size(), [&](std::size_t batch) {
        run.visit_batch(batch, [&](std::size_t tensor, std::span<const float> values) {
            by_batch[batch][tensor].observe(values);
        });
    });
    for (const std::vector<Histogram>& batch : by_batch) {
        for (std::size_t tensor = 0; tensor < total.size(); ++tensor) total[tensor].merge(batch[tensor]);
    }
    return total;
}

/// What Adds read: with scales each operand is stored.
std::set<std::string> operands_of_adds(const Network& network) {
    std::set<std::string> operands;
    for (const Node& node : network.nodes) {
        if (node.type == "Add") operands.insert(node.inputs.begin(), node.inputs.end());
    }
    return operands;
}

/// The tensor whose scale a stored tensor has. By multipliers, means keep their scale too.
std::string scale_source(const FusionPlan& plan, RequantizationKind kind, std::string tensor) {
    for (auto step = plan.steps.rbegin(); step != plan.steps.rend(); ++step) {
        const bool keeps_scale =
            rearranges(step->kind) || step->kind == StepKind::max_pool ||
            (step->kind == StepKind::average_pool && kind != RequantizationKind::floating);
        if (step->output == tensor && keeps_scale) tensor = step->inputs[0];
    }
    return tensor;
}

std::vector<float> weight_scales(const Node& layer, const Network& network, int bits,
                                 const ScaleOptions& options) {
    const std::vector<float>& weights = float_values(*network.parameter(layer.inputs[1]));
    if (!options.is_per_channel) return {search_weight_scale(weights, options.method, bits)};
    const WeightLayout layout = weight_layout(network, layer);
    std::vector<float> scales;
    std::vector<float> filter(static_cast<std::size_t>(layout.reads()));
    for (std::int64_t output = 0; output < layout.outputs; ++output) {
        for (std::int64_t read = 0; read < layout.reads(); ++read) {
            filter[static_cast<std::size_t>(read)] = weights[layout.index(output, read)];
        }
        scales.push_back(search_weight_scale(filter, options.method, bits));
    }
    return scales;
}

} // namespace

Result<Strategy> calibrate_scales(Strategy strategy, const Network& network, std::span<const float> samples,
                                  const ScaleOptions& options) {
    TANDEM_CHECK(uses_scales(options.requantization), "a requantization that uses scales");
    const FusionPlan plan = TANDEM_TRY(plan_fusion(network, operands_of_adds(network)));
    const FloatExecutor executor = TANDEM_TRY(FloatExecutor::create(network));
    const std::int64_t sample_elements = elements_per_sample(network.shape(plan.input));
    TANDEM_CHECK(std::ssize(samples) % sample_elements == 0, "whole samples");
    if (samples.empty()) return bad_input("calibration", "samples", "none", "at least one sample");
    const std::vector<std::string> tensors = calibrated_tensors(plan);
    const std::vector<Histogram> histograms = count_values(
        {.executor = executor, .tensors = tensors, .samples = samples, .sample_elements = sample_elements});
    std::map<std::string, ScaledFormat> formats;
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        formats[tensors[i]] = search_scale(histograms[i], options.method,
                                           stored_bits(network, strategy, tensors[i]), options.symmetry);
    }
    strategy.arithmetic = {.requantization = options.requantization};
    Calibrated calibrated;
    const auto add_tensor = [&](const std::string& tensor) {
        const ScaledFormat& scaled = formats.at(scale_source(plan, options.requantization, tensor));
        calibrated.tensors.push_back({.tensor = tensor, .format = scaled.format, .scale = scaled.scale});
    };
    add_tensor(plan.input);
    for (const PlannedStep& step : plan.steps) {
        add_tensor(step.output);
        if (step.kind != StepKind::layer) continue;
        const auto layer = std::find_if(strategy.layers.begin(), strategy.layers.end(),
                                        [&](const auto& any) { return any.layer == step.node->name; });
        TANDEM_CHECK(layer != strategy.layers.end(), fmt::format("'{}' is a layer", step.node->name));
        NumberFormat reading = formats.at(scale_source(plan, options.requantization, step.inputs[0])).format;
        reading.bits = layer->activation_bits;
        calibrated.layers.push_back(
            {.layer = layer->layer,
             .weights = {.bits = layer->weight_bits},
             .activations = reading,
             .weight_scales = weight_scales(*step.node, network, layer->weight_bits, options)});
    }
    strategy.calibrated = std::move(calibrated);
    return strategy;
}

Result<Calibration> calibrate(const Network& network, std::span<const float> samples,
                              std::vector<int> widths) {
    const FusionPlan plan = TANDEM_TRY(plan_fusion(network));
    const FloatExecutor executor = TANDEM_TRY(FloatExecutor::create(network));
    const std::int64_t sample_elements = elements_per_sample(network.shape(plan.input));
    TANDEM_CHECK(std::ssize(samples) % sample_elements == 0, "whole samples");
    if (samples.empty()) return bad_input("calibration", "samples", "none", "at least one sample");

    const std::set<int> distinct_widths(widths.begin(), widths.end());
    widths.assign(distinct_widths.begin(), distinct_widths.end());
    if (!distinct_widths.contains(kOutputBits)) widths.push_back(kOutputBits);

    const std::vector<std::string> tensors = calibrated_tensors(plan);
    const std::vector<RadixSearch> searches = search_formats(
        {.executor = executor, .tensors = tensors, .samples = samples, .sample_elements = sample_elements},
        widths);
    Calibration calibration;
    for (std::size_t tensor = 0; tensor < tensors.size(); ++tensor) {
        for (const int bits : widths) {
            calibration.activations[{tensors[tensor], bits}] = searches[tensor].best(bits);
        }
    }
    for (const Node* layer : layers(network)) {
        const std::vector<float>& weights = float_values(*network.parameter(layer->inputs[1]));
        for (const int bits : widths) {
            calibration.weights[{layer->name, bits}] = best_weight_format(weights, bits);
        }
    }
    return calibration;
}

Strategy apply_calibration(Strategy strategy, const Network& network, const Calibration& calibration) {
    const Result<FusionPlan> plan = plan_fusion(network);
    TANDEM_CHECK(plan.has_value(), "a network that was calibrated");
    Calibrated calibrated;
    for (const LayerStrategy& layer : strategy.layers) {
        const auto step = std::find_if(plan->steps.begin(), plan->steps.end(), [&](const PlannedStep& any) {
            return any.kind == StepKind::layer && any.node->name == layer.layer;
        });
        TANDEM_CHECK(step != plan->steps.end(), fmt::format("'{}' is a layer", layer.layer));
        calibrated.layers.push_back(
            {.layer = layer.layer,
             .weights = look_up(calibration.weights, layer.layer, layer.weight_bits),
             .activations = look_up(calibration.activations, plan->format_source(step->inputs[0]),
                                    layer.activation_bits)});
    }
    const auto add_tensor = [&](const std::string& tensor) {
        const std::string& source = plan->format_source(tensor);
        const int bits = stored_bits(network, strategy, source);
        calibrated.tensors.push_back(
            {.tensor = tensor, .format = look_up(calibration.activations, source, bits)});
    };
    add_tensor(plan->input);
    for (const PlannedStep& step : plan->steps) add_tensor(step.output);
    strategy.calibrated = std::move(calibrated);
    return strategy;
}

} // namespace tandem
