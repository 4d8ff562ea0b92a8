#include "tandem/training/plugin/graph_module.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/network/operators/operators.h"
#include "tandem/network/rewrites/rewrites.h"

namespace tandem {

namespace {

using torch::Tensor;

bool is_float(const Parameter& parameter) {
    return std::holds_alternative<std::vector<float>>(parameter.values);
}

Tensor to_tensor(const Parameter& parameter, torch::Device device) {
    // Convolutions take their memory layout from the weights; channels innermost is the fast one.
    const auto layout =
        parameter.shape.size() == 4 ? torch::MemoryFormat::ChannelsLast : torch::MemoryFormat::Contiguous;
    // clone: from_blob only looks at the vector's memory; contiguous() would leave the weights of a
    // single input channel, which are laid out both ways at once, without the mark of either.
    return torch::from_blob(const_cast<float*>(float_values(parameter).data()), parameter.shape,
                            torch::kFloat32)
        .clone(layout)
        .to(device);
}

std::vector<float> to_values(const Tensor& tensor) {
    const Tensor plain = tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous();
    const float* const begin = plain.data_ptr<float>();
    return {begin, begin + plain.numel()};
}

/// The input of BatchNormalization from which on its inputs are running statistics.
constexpr std::size_t kFirstStatistic = 3;

/// Of a running statistic at two widths of the layer before it.
std::string variant_name(const std::string& statistic, int weight_bits, int activation_bits) {
    return fmt::format("{} at {} and {} bits", statistic, weight_bits, activation_bits);
}

} // namespace

GraphModule::GraphModule(Network network, torch::Device device, std::size_t shards)
    : network_(fold_constants(std::move(network))), device_(device), statistics_(shards) {
    TANDEM_CHECK(network_.inputs.size() == 1 && network_.outputs.size() == 1, "one input, one output");
    logits_ = network_.outputs.front();
    if (const Node* last = network_.producer(logits_); last != nullptr && last->type == "Softmax") {
        logits_ = last->inputs.front();
    }
    for (std::size_t i = 0; i < network_.nodes.size(); ++i) {
        add_parameters_of(network_.nodes[i]);
        for (const std::string& input : network_.nodes[i].inputs) last_reader_[input] = i;
    }
    last_reader_.erase(logits_);
    find_finished();
}

void GraphModule::add_parameters_of(const Node& node) {
    TANDEM_CHECK(find_lowering(node.type) != nullptr, "no lowering for " + node.type);
    const bool is_normalization = node.type == "BatchNormalization";
    const bool is_trained = is_normalization || is_layer(node) || node.type == "Add";
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
        const std::string& name = node.inputs[i];
        const Parameter* const parameter = network_.parameter(name);
        if (parameter == nullptr || !is_float(*parameter)) continue;
        if (is_normalization && i >= kFirstStatistic) {
            for (auto& shard : statistics_) shard.emplace(name, to_tensor(*parameter, device_));
            continue;
        }
        const auto [place, is_new] = parameters_.emplace(name, to_tensor(*parameter, device_));
        if (!is_new || !is_trained) continue;
        place->second.requires_grad_();
        (is_layer(node) && i == 1 ? weights_ : offsets_).push_back(place->second);
    }
}

GraphModule::GraphModule(Network network, const QuantizationSetup& setup, torch::Device device,
                         std::size_t shards)
    : GraphModule(std::move(network), device, shards) {
    set_quantizers(FakeQuantizers(network_, {setup.strategy}, setup.method, setup.bases, find_in(0)));
    rounds_weights_at_random_ = setup.method == QuantizationMethod::fixed;
    has_bases_ = setup.method == QuantizationMethod::abc;
    weights_.insert(weights_.end(), quantizers_->clips().begin(), quantizers_->clips().end());
}

GraphModule::GraphModule(Network network, const SupernetSetup& setup, torch::Device device,
                         std::size_t shards)
    : GraphModule(std::move(network), device, shards) {
    set_quantizers(FakeQuantizers(network_, setup.strategies, QuantizationMethod::lsq, {}, find_in(0)));
    add_variants(setup);
    select(widest_strategy(setup.space, network_));
}

void GraphModule::set_quantizers(FakeQuantizers quantizers) {
    quantizers_ = std::move(quantizers);
    spread_statistics(); // signs of those of the first shard may have changed
    const std::vector<Tensor> steps = quantizers_->steps();
    offsets_.insert(offsets_.end(), steps.begin(), steps.end());
    std::erase_if(finished_, [&](const auto& pair) { return quantizers_->stores(pair.first); });
}

void GraphModule::add_variants(const SupernetSetup& setup) {
    variants_.emplace(Variants{PrecisionTable(network_, setup.strategies), {}, {}});
    const std::vector<const Node*> nodes = layers(network_);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const Node* const normalization = normalization_of(network_, *nodes[i]);
        if (normalization == nullptr) continue;
        const std::set<std::pair<int, int>> pairs = width_pairs(setup.strategies, i);
        for (const auto& [weight_bits, activation_bits] : pairs) {
            variants_->entries.push_back({.normalization = normalization->name,
                                          .weight_bits = weight_bits,
                                          .activation_bits = activation_bits,
                                          .mean = {},
                                          .variance = {}});
        }
        for (std::size_t input = kFirstStatistic; input < normalization->inputs.size(); ++input) {
            const std::string& name = normalization->inputs[input];
            for (auto& shard : statistics_) {
                for (const auto& [weight_bits, activation_bits] : pairs) {
                    shard.emplace(variant_name(name, weight_bits, activation_bits), shard.at(name).clone());
                }
                shard.erase(name);
            }
        }
    }
}

void GraphModule::select(const Strategy& widths) {
    TANDEM_CHECK(variants_.has_value(), "a supernet");
    quantizers_->select(variants_->table.look_up(widths));
    const std::vector<const Node*> nodes = layers(network_);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const Node* const normalization = normalization_of(network_, *nodes[i]);
        if (normalization == nullptr) continue;
        for (std::size_t input = kFirstStatistic; input < normalization->inputs.size(); ++input) {
            const std::string& name = normalization->inputs[input];
            variants_->selected[name] =
                variant_name(name, widths.layers[i].weight_bits, widths.layers[i].activation_bits);
        }
    }
}

PrecisionSupernet GraphModule::supernet(const PrecisionSpace& space) const {
    TANDEM_CHECK(variants_.has_value(), "a supernet");
    PrecisionSupernet supernet{.network = with_parameters(),
                               .space = space,
                               .strategies = quantizers_->strategies(),
                               .statistics = variants_->entries};
    for (NormalizationStatistics& entry : supernet.statistics) {
        const auto node = std::find_if(network_.nodes.begin(), network_.nodes.end(),
                                       [&](const Node& any) { return any.name == entry.normalization; });
        const auto values = [&](std::size_t input) {
            return to_values(statistics_.front().at(
                variant_name(node->inputs[input], entry.weight_bits, entry.activation_bits)));
        };
        entry.mean = values(kFirstStatistic);
        entry.variance = values(kFirstStatistic + 1);
    }
    return supernet;
}

FindTensor GraphModule::find_in(std::size_t shard) const {
    return [this, shard](const std::string& name) { return tensor(name, shard); };
}

const Tensor& GraphModule::tensor(const std::string& name, std::size_t shard) const {
    static const Tensor absent;
    if (const auto found = parameters_.find(name); found != parameters_.end()) return found->second;
    const auto& statistics = statistics_.at(shard);
    if (variants_) {
        const auto variant = variants_->selected.find(name);
        return variant == variants_->selected.end() ? absent : statistics.at(variant->second);
    }
    const auto found = statistics.find(name);
    return found == statistics.end() ? absent : found->second;
}

Tensor GraphModule::weight(const std::string& name) const {
    const auto found = parameters_.find(name);
    if (found == parameters_.end()) return {};
    const bool is_weight = std::any_of(weights_.begin(), weights_.end(),
                                       [&](const Tensor& weight) { return weight.is_same(found->second); });
    return is_weight ? found->second : Tensor();
}

std::vector<Tensor> GraphModule::inputs_of(const Node& node, const std::map<std::string, Tensor>& activations,
                                           std::size_t shard) const {
    std::vector<Tensor> inputs;
    for (const std::string& input : node.inputs) {
        const auto activation = activations.find(input);
        inputs.push_back(activation != activations.end() ? activation->second : tensor(input, shard));
    }
    if (!quantizers_) return inputs;
    if (is_layer(node)) inputs[1] = quantizers_->weights(node, inputs[1]);
    if (const Tensor error = quantizers_->bias_error(node, find_in(shard)); error.defined()) {
        inputs[2] = inputs[2] + error;
    }
    return inputs;
}

void GraphModule::find_finished() {
    std::map<std::string, std::vector<const Node*>> readers;
    for (const Node& node : network_.nodes) {
        for (const std::string& input : node.inputs) readers[input].push_back(&node);
    }
    for (const Node& node : network_.nodes) {
        const std::string& output = node.outputs.front();
        const std::vector<const Node*>& reading = readers[output];
        if (reading.size() != 1 || output == logits_ || !find_lowering(node.type)->takes_tail) continue;
        const Node& last = *reading.front();
        OutputTail tail{.is_rectified = last.type == "Relu"};
        if (last.type == "Clip") {
            const ClipBounds bounds = clip_bounds(last, network_);
            tail.floor = bounds.minimum;
            tail.ceiling = bounds.maximum;
        }
        if (tail.is_rectified || tail.clips())
            finished_[output] = {.tail = tail, .output = last.outputs.front()};
    }
}

Tensor GraphModule::compute(LoweringCall call) const {
    const Lowering& lowering = *find_lowering(call.node.type);
    std::string output = call.node.outputs.front();
    if (!lowering.takes_tail) {
        if (finished_.contains(call.node.inputs.front())) return call.inputs.front(); // stored there too
        const Tensor value = lowering.lower(call);
        return quantizers_ ? quantizers_->activation(output, value) : value;
    }
    if (const auto finished = finished_.find(output); finished != finished_.end()) {
        call.tail = finished->second.tail;
        output = finished->second.output;
    }
    if (quantizers_) call.tail.rounding = quantizers_->rounding(output);
    const Tensor value = lowering.lower(call);
    return quantizers_ && !call.tail.rounding ? quantizers_->activation(output, value) : value;
}

void GraphModule::begin_step() {
    if (quantizers_) quantizers_->begin_step();
}

void GraphModule::end_step() {
    if (quantizers_) quantizers_->end_step();
}

void GraphModule::begin_next_epoch(const Random& stream) {
    if (rounds_weights_at_random_) quantizers_->round_weights_at_random(stream, find_in(0));
}

Strategy GraphModule::strategy() const {
    TANDEM_CHECK(quantizers_.has_value(), "a module that learns to be quantised");
    return has_bases_ ? spelled_out().strategy : quantizers_->strategy(find_in(0));
}

std::optional<IntegerModule> GraphModule::integers() const {
    if (!quantizers_ || rounds_weights_at_random_) return std::nullopt;
    return IntegerModule(prepare_for_deployment(to_network()), strategy(), device_);
}

Tensor GraphModule::forward(const Tensor& images, Mode mode, std::size_t shard,
                            const VisitOutput& visit) const {
    std::map<std::string, Tensor> activations;
    const std::string& input = network_.inputs.front();
    activations[input] = quantizers_ ? quantizers_->activation(input, images) : images;
    for (std::size_t i = 0; i < network_.nodes.size(); ++i) {
        const Node& node = network_.nodes[i];
        Tensor output = compute({.node = node,
                                 .network = network_,
                                 .inputs = inputs_of(node, activations, shard),
                                 .mode = mode,
                                 .statistics_share = statistics_share_});
        const Shape& shape = network_.shape(node.outputs.front());
        TANDEM_CHECK(
            std::equal(shape.begin() + 1, shape.end(), output.sizes().begin() + 1, output.sizes().end()),
            "the lowering of " + node.name + " keeps the shape rule");
        if (visit) visit(node, output);
        activations[node.outputs.front()] = std::move(output);
        if (node.outputs.front() == logits_) break;
        for (const std::string& read : node.inputs) {
            if (const auto last = last_reader_.find(read); last != last_reader_.end() && last->second == i) {
                activations.erase(read);
            }
        }
    }
    return activations.at(logits_);
}

std::vector<Tensor> GraphModule::statistics(std::size_t shard) const {
    std::vector<Tensor> tensors;
    for (const auto& [name, tensor] : statistics_.at(shard)) tensors.push_back(tensor);
    return tensors;
}

void GraphModule::average_statistics() {
    const torch::NoGradGuard no_gradients;
    for (const auto& [name, first] : statistics_.front()) {
        Tensor sum = torch::zeros_like(first);
        for (const auto& shard : statistics_) sum += shard.at(name);
        sum /= static_cast<double>(statistics_.size());
        for (const auto& shard : statistics_) shard.at(name).copy_(sum);
    }
}

void GraphModule::spread_statistics() {
    const torch::NoGradGuard no_gradients;
    for (const auto& [name, first] : statistics_.front()) {
        for (std::size_t shard = 1; shard < statistics_.size(); ++shard) {
            statistics_[shard].at(name).copy_(first);
        }
    }
}

Network GraphModule::with_parameters() const {
    Network network = network_;
    for (auto& [name, parameter] : network.parameters) {
        if (const Tensor& trained = tensor(name, 0); trained.defined()) parameter.values = to_values(trained);
    }
    return network;
}

Network GraphModule::to_network() const {
    return has_bases_ ? spelled_out().network : with_rounded_weights();
}

QuantizedNetwork GraphModule::spelled_out() const {
    return spell_out({.network = prepare_for_deployment(with_rounded_weights()),
                      .strategy = quantizers_->strategy(find_in(0))},
                     quantizers_->bases(find_in(0)));
}

Network GraphModule::with_rounded_weights() const {
    Network network = with_parameters();
    if (!quantizers_) return network;
    const torch::NoGradGuard no_gradients;
    for (const Node* layer : layers(network_)) {
        const std::string& name = layer->inputs[1];
        network.parameters.at(name).values = to_values(quantizers_->weights(*layer, tensor(name, 0)));
    }
    return network;
}

Result<void> check_trainable(const Network& network) {
    std::vector<Problem> problems;
    for (const Node& node : network.nodes) {
        const bool pads_otherwise =
            node.type == "Pad" && pad_attributes(node, network).mode != PadMode::constant;
        if ((find_lowering(node.type) != nullptr && !pads_otherwise) || node.type == "Constant") continue;
        problems.push_back(
            {network.name, fmt::format("node '{}'", node.name),
             fmt::format("operator {}{}", node.type, pads_otherwise ? " that repeats its input" : ""),
             "an operator that trains"});
    }
    if (!problems.empty()) return bad_input(std::move(problems));
    return {};
}

} // namespace tandem
