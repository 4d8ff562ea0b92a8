#include "tandem/training/plugin/fake_quantizers.h"

#include <algorithm>
#include <cmath>

#include "tandem/core/check.h"
#include "tandem/network/operators/operators.h"
#include "tandem/training/plugin/weight_levels.h"
#include "tandem/training/supernet.h"

namespace tandem {

namespace {

using torch::Tensor;

/// Of a folded normalisation: its channel then says next to nothing, and its bias still fits 32 bits.
constexpr double kSmallestGain = 1e-4;
/// Steps of the network's output: its 16 bits leave room for logits to grow while they learn.
constexpr float kOutputHeadroom = 4.0F;

Tensor constant(double value) { return torch::tensor(value, torch::kFloat32); }

/// The step of a stored tensor, by its scale or its power of two.
float step_of(const TensorFormat& tensor) {
    return tensor.scale ? tensor.scale->scale : affine_scale_of(tensor.format).scale;
}

/// Whether every step does, those of signs included.
bool learns_steps(QuantizationMethod method) {
    return method == QuantizationMethod::lsq || method == QuantizationMethod::lsq_channel;
}

bool computes_through_tanh(QuantizationMethod method) {
    return method == QuantizationMethod::dorefa || method == QuantizationMethod::pact;
}

} // namespace

FakeQuantizers::FakeQuantizers(const Network& network, std::vector<Strategy> strategies,
                               QuantizationMethod method, const BaseCounts& counts, const FindTensor& find)
    : method_(method), strategies_(std::move(strategies)), strategy_(strategies_.front()), counts_(counts) {
    for (const Strategy& strategy : strategies_) {
        TANDEM_CHECK(strategy.calibrated.has_value(), "a calibrated strategy");
        add_activations(network, strategy);
    }
    for (const Node* node : layers(network)) add_layer(network, *node, find);
    select(strategy_);
}

void FakeQuantizers::select(Strategy strategy) {
    for (const TensorFormat& tensor : strategy.calibrated->tensors) {
        const auto found = activations_.find(tensor.tensor);
        if (found != activations_.end()) found->second.bits = tensor.format.bits;
    }
    for (const LayerFormats& formats : strategy.calibrated->layers) {
        layers_.at(formats.layer).weights.bits = formats.weights.bits;
    }
    strategy_ = std::move(strategy);
}

void FakeQuantizers::add_activations(const Network& network, const Strategy& strategy) {
    for (const TensorFormat& tensor : strategy.calibrated->tensors) {
        const Node* const producer = network.producer(tensor.tensor);
        if (producer != nullptr && (tensor.scale ? keeps_scale(*producer) : rearranges(*producer))) {
            sources_[tensor.tensor] = producer->inputs.front();
            continue;
        }
        if (method_ == QuantizationMethod::abc && tensor.format.bits == 1) {
            const auto values = elements_per_sample(network.shape(tensor.tensor));
            const ActivationBases bases = spread_bases(tensor.format, static_cast<double>(step_of(tensor)),
                                                       counts_.activations, values);
            bases_.emplace(tensor.tensor, bases);
            continue;
        }
        std::map<int, Rounding>& roundings = activations_[tensor.tensor].roundings;
        if (roundings.contains(tensor.format.bits)) continue;
        roundings.emplace(tensor.format.bits, activation_rounding(network, tensor));
    }
}

FakeQuantizers::Rounding FakeQuantizers::activation_rounding(const Network& network,
                                                             const TensorFormat& tensor) {
    const bool is_output = tensor.tensor == network.outputs.front();
    const bool is_input = network.producer(tensor.tensor) == nullptr;
    const bool is_fixed = is_output || is_input || method_ == QuantizationMethod::fixed ||
                          method_ == QuantizationMethod::dorefa;
    Rounding rounding{.quantizer = {.lowest = static_cast<float>(minimum_integer(tensor.format)),
                                    .highest = static_cast<float>(maximum_integer(tensor.format)),
                                    .is_bipolar = tensor.format.levels == Levels::bipolar},
                      .step = constant(static_cast<double>(step_of(tensor)))};
    const double highest = std::max(1.0, static_cast<double>(rounding.quantizer.highest));
    if (rounding.quantizer.is_bipolar) {
        rounding.step = constant(1.0); // as published: what is beyond 1 learns nothing
    } else if (is_fixed) {
        if (is_output && tensor.scale) rounding.step *= kOutputHeadroom;
    } else if (method_ == QuantizationMethod::pact) {
        rounding.step.requires_grad_();
        rounding.quantizer.gradient = StepGradient::clipped;
        // A step of the bound, `highest` times this step, is what the published update takes.
        rounding.quantizer.gradient_scale = 1.0 / (highest * highest);
        clips_.push_back(rounding.step);
    } else {
        rounding.step.requires_grad_();
        rounding.quantizer.gradient = StepGradient::learned;
        rounding.quantizer.gradient_scale =
            step_gradient_scale(elements_per_sample(network.shape(tensor.tensor)), tensor.format);
        steps_.push_back(rounding.step);
    }
    return rounding;
}

void FakeQuantizers::add_layer(const Network& network, const Node& node, const FindTensor& find) {
    Layer layer{.name = node.name,
                .input = node.inputs.front(),
                .output = node.outputs.front(),
                .is_column_major = node.type == "Gemm" && !gemm_attributes(node).transposes_weights,
                .weight_rank = network.parameter(node.inputs[1])->shape.size(),
                .weights = {},
                .parameters = node.inputs,
                .normalization = {}};
    for (const Node* producer = network.producer(layer.input); producer != nullptr && !stores(layer.input);
         producer = network.producer(layer.input)) {
        if (!keeps_scale(*producer)) break;
        layer.input = producer->inputs.front();
    }
    if (!stores(layer.input)) layer.input.clear();
    if (const Node* const normalization = normalization_of(network, node); normalization != nullptr) {
        layer.normalization = normalization->inputs;
        layer.output = normalization->outputs.front();
        layer.epsilon = static_cast<double>(normalization_epsilon(*normalization));
        folded_[normalization->name] = node.name;
        make_gains_positive(layer, find);
        gains_.push_back(find(layer.normalization[1]));
    }
    const Tensor latent = find(node.inputs[1]);
    for (const Strategy& strategy : strategies_) {
        const auto formats =
            std::find_if(strategy.calibrated->layers.begin(), strategy.calibrated->layers.end(),
                         [&](const LayerFormats& any) { return any.layer == node.name; });
        TANDEM_CHECK(formats != strategy.calibrated->layers.end(), "formats for " + node.name);
        if (layer.weights.roundings.contains(formats->weights.bits)) continue;
        layer.weights.roundings.emplace(formats->weights.bits,
                                        weight_rounding(*formats, latent, layer.is_column_major));
    }
    layers_.emplace(node.name, std::move(layer));
}

FakeQuantizers::Rounding FakeQuantizers::weight_rounding(const LayerFormats& formats, const Tensor& latent,
                                                         bool is_column_major) {
    const NumberFormat& format = formats.weights;
    Rounding rounding{.quantizer = {.lowest = static_cast<float>(minimum_integer(format)),
                                    .highest = static_cast<float>(maximum_integer(format)),
                                    .is_bipolar = format.levels == Levels::bipolar},
                      .step = {},
                      .is_ternary = format.levels == Levels::ternary};
    if (rounding.is_ternary) return rounding;
    if (method_ == QuantizationMethod::fixed) {
        rounding.step = constant(static_cast<double>(affine_scale_of(format).scale));
        return rounding;
    }
    if (computes_through_tanh(method_) && !rounding.quantizer.is_bipolar) {
        rounding.quantizer.lowest = -rounding.quantizer.highest; // tanh is symmetric
        return rounding;
    }
    if (rounding.quantizer.is_bipolar && !learns_steps(method_)) return rounding;
    const Tensor rows = method_ == QuantizationMethod::lsq_channel ? by_output(latent, is_column_major)
                                                                   : latent.flatten().unsqueeze(0);
    const Tensor steps = first_steps(rows, rounding.quantizer.is_bipolar, format.bits);
    rounding.step = (steps.numel() == 1 ? steps[0] : steps).requires_grad_();
    rounding.quantizer.gradient = StepGradient::learned;
    rounding.quantizer.gradient_scale = step_gradient_scale(rows.size(1), format);
    steps_.push_back(rounding.step);
    return rounding;
}

bool FakeQuantizers::writes_signs(const Layer& layer) const {
    const auto written = activations_.find(layer.output);
    return written != activations_.end() && written->second.rounding().quantizer.is_bipolar;
}

Tensor FakeQuantizers::by_channel(const Layer& layer, const Tensor& channels) const {
    if (channels.numel() == 1) return channels;
    if (layer.is_column_major) return channels.reshape({1, -1});
    std::vector<std::int64_t> extents(layer.weight_rank, 1);
    extents.front() = -1;
    return channels.reshape(extents);
}

void FakeQuantizers::make_gains_positive(const Layer& layer, const FindTensor& find) const {
    const torch::NoGradGuard no_gradients;
    Tensor scale = find(layer.normalization[1]);
    const Tensor sign = torch::where(scale < 0, -torch::ones_like(scale), torch::ones_like(scale));
    Tensor latent = find(layer.parameters[1]);
    latent.mul_(by_channel(layer, sign));
    scale.mul_(sign);
    Tensor mean = find(layer.normalization[3]);
    mean.mul_(sign);
    if (layer.parameters.size() > 2 && !layer.parameters[2].empty()) find(layer.parameters[2]).mul_(sign);
}

bool FakeQuantizers::has_weight_bases(const Layer& layer) const {
    return method_ == QuantizationMethod::abc && layer.weights.rounding().quantizer.is_bipolar;
}

Tensor FakeQuantizers::weight_step(const Layer& layer, const Tensor& latent) const {
    const Rounding& rounding = layer.weights.rounding();
    if (has_weight_bases(layer)) { // the finest, whose layer has the bias
        const std::vector<double> scales = find_weight_bases(latent, counts_.weights).scales;
        return constant(*std::min_element(scales.begin(), scales.end()));
    }
    if (rounding.step.defined()) return rounding.step.detach();
    if (rounding.is_ternary) return ternary_magnitude(latent.detach());
    if (!rounding.quantizer.is_bipolar) {
        return torch::tanh(latent.detach()).abs().max() / rounding.quantizer.highest;
    }
    if (method_ == QuantizationMethod::binary) return constant(1.0);
    if (method_ != QuantizationMethod::xnor) return latent.detach().abs().mean();
    return by_output(latent.detach(), layer.is_column_major).abs().mean(1);
}

Tensor FakeQuantizers::input_step(const Layer& layer) const {
    const auto found = bases_.find(layer.input);
    return found == bases_.end() ? activations_.at(layer.input).rounding().step.detach()
                                 : found->second.scales.detach().min();
}

Tensor FakeQuantizers::weights(const Node& node, const Tensor& latent) const {
    const Layer& layer = layers_.at(node.name);
    if (has_weight_bases(layer)) return sum_of_bases(latent, find_weight_bases(latent, counts_.weights));
    const auto& [quantizer, step, is_ternary] = layer.weights.rounding();
    if (is_ternary) {
        const Tensor weights = ternary_signs(latent.detach()) * ternary_magnitude(latent.detach());
        return latent + (weights - latent).detach();
    }
    if (quantizer.is_bipolar) {
        const Tensor sign = sign_through(latent);
        if (step.defined()) {
            const double scale = quantizer.gradient_scale;
            return sign * by_channel(layer, step * scale + (step * (1.0 - scale)).detach());
        }
        if (method_ != QuantizationMethod::xnor) return sign * weight_step(layer, latent);
        // The published gradient runs through the mean magnitude too.
        return sign * by_channel(layer, by_output(latent, layer.is_column_major).abs().mean(1));
    }
    if (step.defined() && step.numel() > 1 && layer.is_column_major) {
        return fake_quantize(latent.t(), step, quantizer).t();
    }
    if (step.defined()) return fake_quantize(latent, step, quantizer);
    return fake_quantize(torch::tanh(latent), weight_step(layer, latent), quantizer);
}

Tensor FakeQuantizers::activation(const std::string& tensor, const Tensor& value) const {
    if (const auto bases = bases_.find(tensor); bases != bases_.end())
        return sum_of_bases(value, bases->second);
    const auto found = activations_.find(tensor);
    if (found == activations_.end()) return value;
    const auto& [quantizer, step, is_ternary] = found->second.rounding();
    return fake_quantize(value, step, quantizer);
}

std::optional<StoredRounding> FakeQuantizers::rounding(const std::string& tensor) const {
    const auto found = activations_.find(tensor);
    if (found == activations_.end()) return std::nullopt;
    const auto& [quantizer, step, is_ternary] = found->second.rounding();
    if (quantizer.is_bipolar) return std::nullopt;
    return StoredRounding{.quantizer = quantizer, .step = step};
}

Tensor FakeQuantizers::gain(const Layer& layer, const FindTensor& find) const {
    if (layer.normalization.empty()) return torch::ones({1}, torch::kFloat64);
    const Tensor variance = find(layer.normalization[4]).to(torch::kFloat64);
    return find(layer.normalization[1]).detach().to(torch::kFloat64) / torch::sqrt(variance + layer.epsilon);
}

Tensor FakeQuantizers::product_step(const Layer& layer, const FindTensor& find) const {
    const Tensor of_input = input_step(layer).to(torch::kFloat64);
    const Tensor of_weights = weight_step(layer, find(layer.parameters[1])).to(torch::kFloat64);
    return of_input * of_weights * gain(layer, find);
}

Tensor FakeQuantizers::bias_error(const Node& node, const FindTensor& find) const {
    const torch::NoGradGuard no_gradients;
    const auto folded = folded_.find(node.name);
    const auto found = layers_.find(folded == folded_.end() ? node.name : folded->second);
    if (found == layers_.end()) return {};
    const Layer& layer = found->second;
    const bool has_bias = layer.parameters.size() > 2 && !layer.parameters[2].empty();
    // Of a layer that is folded, the normalisation gives the bias.
    if (layer.input.empty() || layer.normalization.empty() == (folded != folded_.end())) return {};
    if (layer.normalization.empty() && !has_bias) return {};
    // From here on `node` is the one whose shift or bias is that of the layer's sums.
    Tensor bias =
        has_bias ? find(layer.parameters[2]).to(torch::kFloat64) : torch::zeros({1}, torch::kFloat64);
    if (!layer.normalization.empty()) {
        const Tensor mean = find(layer.normalization[3]).to(torch::kFloat64);
        bias = find(layer.normalization[2]).to(torch::kFloat64) + gain(layer, find) * (bias - mean);
        bias = bias.to(torch::kFloat32).to(torch::kFloat64); // as the folded network holds it
    }
    const Tensor step = product_step(layer, find);
    // Exact sums are whole products, and 0 is positive: a quarter of one keeps float sums of 0 on its side.
    const double aside = writes_signs(layer) ? 0.25 : 0.0;
    return ((torch::round(bias / step) + aside) * step - bias).to(torch::kFloat32);
}

std::vector<Tensor> FakeQuantizers::steps() const {
    std::vector<Tensor> all = steps_;
    for (const auto& [tensor, bases] : bases_) all.insert(all.end(), {bases.thresholds, bases.scales});
    return all;
}

void FakeQuantizers::begin_step() {
    const torch::NoGradGuard no_gradients;
    steps_before_.clear();
    for (const Tensor& step : steps_) steps_before_.push_back(step.clone());
}

void FakeQuantizers::end_step() const {
    const torch::NoGradGuard no_gradients;
    for (Tensor gain : gains_) gain.clamp_min_(kSmallestGain);
    for (std::size_t i = 0; i < steps_.size(); ++i) {
        Tensor step = steps_[i];
        step.copy_(torch::clamp(step, steps_before_[i] * 0.5, steps_before_[i] * 2.0))
            .clamp_min_(kSmallestStep);
    }
    for (Tensor clip : clips_) clip.clamp_min_(kSmallestStep);
    for (const auto& [tensor, bases] : bases_) tandem::keep_positive(bases);
}

void FakeQuantizers::round_weights_at_random(const Random& stream, const FindTensor& find) const {
    const torch::NoGradGuard no_gradients;
    for (const auto& [name, layer] : layers_) {
        Random random = stream.fork(name);
        Tensor latent = find(layer.parameters[1]);
        Tensor values = latent.contiguous().clone();
        const Rounding& rounding = layer.weights.rounding();
        const float step = rounding.step.item<float>();
        auto* const weights = values.data_ptr<float>();
        for (std::int64_t i = 0; i < values.numel(); ++i) {
            const double integer = std::floor(static_cast<double>(weights[i] / step) + random.uniform());
            weights[i] = step * std::clamp(static_cast<float>(integer), rounding.quantizer.lowest,
                                           rounding.quantizer.highest);
        }
        latent.copy_(values);
    }
}

Strategy FakeQuantizers::strategy(const FindTensor& find) const {
    Strategy strategy = strategy_;
    if (!uses_scales(method_)) return strategy;
    for (LayerFormats& formats : strategy.calibrated->layers) {
        const Layer& layer = layers_.at(formats.layer);
        const Tensor scales =
            (weight_step(layer, find(layer.parameters[1])).to(torch::kFloat64) * gain(layer, find))
                .to(torch::kFloat32)
                .reshape({-1})
                .contiguous();
        formats.weight_scales.assign(scales.data_ptr<float>(), scales.data_ptr<float>() + scales.numel());
        formats.bias.clear();
    }
    for (TensorFormat& tensor : strategy.calibrated->tensors) {
        if (!bases_.contains(tensor.tensor)) tensor.scale = learned_scale(tensor);
    }
    return strategy;
}

BinaryBases FakeQuantizers::bases(const FindTensor& find) const {
    BinaryBases all;
    for (const auto& [tensor, bases] : bases_) all.activations.emplace(tensor, terms_of(bases));
    for (const auto& [name, layer] : layers_) {
        if (!has_weight_bases(layer)) continue;
        const Tensor latent = find(layer.parameters[1]);
        const Tensor gains = gain(layer, find).expand({latent.size(layer.is_column_major ? 1 : 0)});
        all.weights.emplace(name, terms_of(find_weight_bases(latent, counts_.weights), gains));
    }
    return all;
}

std::vector<Strategy> FakeQuantizers::strategies() const {
    TANDEM_CHECK(method_ == QuantizationMethod::lsq, "steps that do not follow from the weights");
    std::vector<Strategy> strategies = strategies_;
    for (Strategy& strategy : strategies) {
        for (LayerFormats& formats : strategy.calibrated->layers) {
            const Rounding& rounding = layers_.at(formats.layer).weights.roundings.at(formats.weights.bits);
            formats.weight_scales = {rounding.step.item<float>()};
        }
        for (TensorFormat& tensor : strategy.calibrated->tensors) tensor.scale = learned_scale(tensor);
    }
    return strategies;
}

AffineScale FakeQuantizers::learned_scale(const TensorFormat& tensor) const {
    std::string source = tensor.tensor;
    while (sources_.contains(source)) source = sources_.at(source);
    return {.scale = activations_.at(source).roundings.at(tensor.format.bits).step.item<float>()};
}

} // namespace tandem
