#include "tandem/network/pruning/channel_sets.h"

#include <algorithm>
#include <array>
#include <numeric>
#include <optional>
#include <string_view>

#include "tandem/core/check.h"
#include "tandem/network/operators/operators.h"
#include "tandem/network/rewrites/edit.h"

namespace tandem {

namespace {

/// Operators whose output channel is made of the same channel of their input.
constexpr std::array kKeepsChannels = std::to_array<std::string_view>(
    {"AveragePool", "BatchNormalization", "Clip", "Dropout", "Elu", "Gelu", "GlobalAveragePool",
     "GlobalMaxPool", "HardSigmoid", "HardSwish", "Identity", "LeakyRelu", "MaxPool", "Relu", "Selu",
     "Sigmoid", "Softplus", "Tanh"});
/// Operators that combine equal channels of their inputs.
constexpr std::array kTiesChannels = std::to_array<std::string_view>({"Add", "Max", "Min", "Mul", "Sub"});

bool contains(std::span<const std::string_view> types, std::string_view type) {
    return std::find(types.begin(), types.end(), type) != types.end();
}

/// Disjoint sets of channels, while they are being joined.
class Joining {
  public:
    std::vector<std::size_t> fresh(std::int64_t count) {
        std::vector<std::size_t> channels(static_cast<std::size_t>(count));
        std::iota(channels.begin(), channels.end(), parent_.size());
        parent_.insert(parent_.end(), channels.begin(), channels.end());
        is_fixed_.resize(parent_.size(), false);
        return channels;
    }
    std::size_t find(std::size_t channel) const {
        while (parent_[channel] != channel) channel = parent_[channel];
        return channel;
    }
    void join(std::size_t a, std::size_t b) {
        a = find(a);
        b = find(b);
        parent_[b] = a;
        is_fixed_[a] = is_fixed_[a] || is_fixed_[b];
    }
    void fix(const std::vector<std::size_t>& channels) {
        for (const std::size_t channel : channels) is_fixed_[find(channel)] = true;
    }
    bool is_fixed(std::size_t channel) const { return is_fixed_[find(channel)]; }

  private:
    std::vector<std::size_t> parent_;
    std::vector<bool> is_fixed_;
};

/// Whether a Reshape or Flatten makes one vector of all that a sample has.
bool makes_vector(const Node& node, const Network& network) {
    if (node.type != "Flatten" && node.type != "Reshape") return false;
    const Shape& output = network.shape(node.outputs.front());
    return output.size() == 2 && output.front() == kBatch;
}

/// Adds the channels of one node's output to `channels`, tied to those of its inputs.
class Tracing {
  public:
    explicit Tracing(const Network& network) : network_(network), readers_(rewrites::count_readers(network)) {
        for (const std::string& input : network.inputs) {
            channels_[input] = joining_.fresh(extent(input));
            joining_.fix(channels_[input]);
        }
        for (const Node& node : network.nodes) {
            channels_[node.outputs.front()] = trace(node);
        }
        for (const std::string& output : network.outputs) joining_.fix(channels_[output]);
    }

    const std::map<std::string, std::vector<std::size_t>>& channels() const { return channels_; }
    const Joining& joining() const { return joining_; }

  private:
    std::int64_t extent(const std::string& tensor) const {
        const Shape& shape = network_.shape(tensor);
        return shape.size() < 2 ? 1 : shape[1];
    }

    /// Parameters that another node reads too are not cut.
    bool owns_parameters(const Node& node) const {
        return std::all_of(node.inputs.begin() + 1, node.inputs.end(), [&](const std::string& input) {
            return input.empty() || (network_.parameter(input) != nullptr && readers_.at(input) == 1);
        });
    }

    std::vector<std::size_t> trace_layer(const Node& node) {
        const std::vector<std::size_t>& inputs = channels_.at(node.inputs.front());
        const std::int64_t groups = node.type == "Conv" ? conv_attributes(node, network_).groups : 1;
        std::vector<std::size_t> outputs = joining_.fresh(extent(node.outputs.front()));
        if (groups == 1) return outputs;
        if (static_cast<std::size_t>(groups) != inputs.size()) return trace_unknown(node);
        const std::size_t multiplier = outputs.size() / inputs.size();
        for (std::size_t i = 0; i < outputs.size(); ++i) joining_.join(inputs[i / multiplier], outputs[i]);
        return outputs;
    }

    std::vector<std::size_t> trace_ties(const Node& node) {
        std::optional<std::vector<std::size_t>> outputs;
        for (const std::string& input : node.inputs) {
            if (const Parameter* parameter = network_.parameter(input)) {
                if (elements_per_sample(parameter->shape) == 1) continue;
                return trace_unknown(node);
            }
            const std::vector<std::size_t>& channels = channels_.at(input);
            if (!outputs) outputs = channels;
            if (channels.size() != outputs->size()) return trace_unknown(node);
            for (std::size_t i = 0; i < channels.size(); ++i) joining_.join((*outputs)[i], channels[i]);
        }
        return *outputs;
    }

    std::vector<std::size_t> trace_vector(const Node& node) {
        const std::vector<std::size_t>& inputs = channels_.at(node.inputs.front());
        const std::int64_t features = extent(node.outputs.front());
        const std::size_t positions = static_cast<std::size_t>(features) / inputs.size();
        std::vector<std::size_t> outputs(static_cast<std::size_t>(features));
        for (std::size_t i = 0; i < outputs.size(); ++i) outputs[i] = inputs[i / positions];
        return outputs;
    }

    std::vector<std::size_t> trace_concat(const Node& node) {
        std::vector<std::size_t> outputs;
        for (const std::string& input : node.inputs) {
            if (network_.parameter(input) != nullptr) return trace_unknown(node);
            const std::vector<std::size_t>& channels = channels_.at(input);
            outputs.insert(outputs.end(), channels.begin(), channels.end());
        }
        return outputs;
    }

    /// Channels that nothing may remove.
    std::vector<std::size_t> trace_unknown(const Node& node) {
        for (const std::string& input : node.inputs) {
            if (const auto channels = channels_.find(input); channels != channels_.end()) {
                joining_.fix(channels->second);
            }
        }
        std::vector<std::size_t> outputs = joining_.fresh(extent(node.outputs.front()));
        joining_.fix(outputs);
        return outputs;
    }

    std::vector<std::size_t> trace(const Node& node) {
        const std::string& output = node.outputs.front();
        if (!network_.shapes.contains(node.inputs.empty() ? "" : node.inputs.front())) {
            return trace_unknown(node);
        }
        if (is_layer(node)) return owns_parameters(node) ? trace_layer(node) : trace_unknown(node);
        if (contains(kKeepsChannels, node.type)) {
            return owns_parameters(node) || node.type == "Clip" ? channels_.at(node.inputs.front())
                                                                : trace_unknown(node);
        }
        if (contains(kTiesChannels, node.type)) return trace_ties(node);
        if (makes_vector(node, network_) && owns_parameters(node)) return trace_vector(node);
        const bool is_along_channels = node.type == "Concat" && extent(output) != extent(node.inputs.front());
        return is_along_channels ? trace_concat(node) : trace_unknown(node);
    }

    const Network& network_;
    std::map<std::string, int> readers_;
    std::map<std::string, std::vector<std::size_t>> channels_;
    Joining joining_;
};

/// Which entries stay.
using Kept = std::vector<bool>;

Kept kept_of(const std::vector<std::size_t>& sets, const RemovedSets& removed) {
    Kept kept(sets.size());
    for (std::size_t i = 0; i < sets.size(); ++i) kept[i] = !removed[sets[i]];
    return kept;
}

/// The parameter with the entries of one dimension that stay.
Parameter cut(const Parameter& parameter, std::size_t dimension, const Kept& kept) {
    const auto left = std::count(kept.begin(), kept.end(), true);
    TANDEM_CHECK(left > 0, "a channel that stays");
    std::size_t inner = 1;
    for (std::size_t i = dimension + 1; i < parameter.shape.size(); ++i) {
        inner *= static_cast<std::size_t>(parameter.shape[i]);
    }
    const std::vector<float>& values = float_values(parameter);
    std::vector<float> rest;
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (kept[i / inner % kept.size()]) rest.push_back(values[i]);
    }
    Shape shape = parameter.shape;
    shape[dimension] = left;
    return {.shape = std::move(shape), .values = std::move(rest)};
}

/// Cuts the parameters of one node.
class Cutting {
  public:
    Cutting(Network& network, const ChannelSets& sets, const RemovedSets& removed)
        : network_(network), sets_(sets), removed_(removed) {}

    void cut_node(Node& node) {
        if (is_layer(node)) {
            cut_layer(node);
        } else if (node.type == "BatchNormalization") {
            for (std::size_t input = 1; input < node.inputs.size(); ++input) {
                cut_input(node, input, 0, kept(node.outputs.front()));
            }
        } else if (node.type == "Reshape") {
            cut_shape(node);
        }
    }

  private:
    Kept kept(const std::string& tensor) const { return kept_of(sets_.of(tensor), removed_); }

    void cut_input(const Node& node, std::size_t input, std::size_t dimension, const Kept& kept) {
        Parameter& parameter = network_.parameters.at(node.inputs[input]);
        parameter = cut(parameter, dimension, kept);
    }

    void cut_layer(Node& node) {
        const Kept outputs = kept(node.outputs.front());
        const Kept inputs = kept(node.inputs.front());
        const bool is_conv = node.type == "Conv";
        const std::int64_t groups = is_conv ? conv_attributes(node, network_).groups : 1;
        const bool outputs_first = is_conv || gemm_attributes(node).transposes_weights;
        if (std::find(outputs.begin(), outputs.end(), false) != outputs.end()) {
            cut_input(node, 1, outputs_first ? 0 : 1, outputs);
            cut_bias(node, outputs);
        }
        if (std::find(inputs.begin(), inputs.end(), false) == inputs.end()) return;
        if (groups == 1) {
            cut_input(node, 1, outputs_first ? 1 : 0, inputs);
        } else {
            node.attributes["group"] = std::count(inputs.begin(), inputs.end(), true);
        }
    }

    void cut_bias(const Node& node, const Kept& outputs) {
        if (node.inputs.size() < 3 || node.inputs[2].empty()) return;
        const Shape& shape = network_.parameters.at(node.inputs[2]).shape;
        // A Gemm's bias may be one number for all outputs.
        if (elements_per_sample(shape) == 1) return;
        cut_input(node, 2, shape.size() - 1, outputs);
    }

    /// A Reshape to a vector names its features, unless it says -1.
    void cut_shape(const Node& node) {
        if (node.inputs.size() < 2) return;
        const Kept features = kept(node.outputs.front());
        if (std::find(features.begin(), features.end(), false) == features.end()) return;
        auto& extents = std::get<std::vector<std::int64_t>>(network_.parameters.at(node.inputs[1]).values);
        if (extents.back() > 0) extents.back() = std::count(features.begin(), features.end(), true);
    }

    Network& network_;
    const ChannelSets& sets_;
    const RemovedSets& removed_;
};

} // namespace

ChannelSets::ChannelSets(const Network& network) {
    const Tracing tracing(network);
    std::map<std::size_t, std::size_t> numbers;
    for (const auto& [tensor, channels] : tracing.channels()) {
        std::vector<std::size_t>& sets = sets_[tensor];
        for (const std::size_t channel : channels) {
            const auto [number, is_new] =
                numbers.try_emplace(tracing.joining().find(channel), numbers.size());
            if (is_new) is_removable_.push_back(!tracing.joining().is_fixed(channel));
            sets.push_back(number->second);
        }
    }
}

Network remove_channels(const Network& network, const ChannelSets& sets, const RemovedSets& removed) {
    TANDEM_CHECK(removed.size() == sets.count(), "an answer for every set");
    for (std::size_t set = 0; set < removed.size(); ++set) {
        TANDEM_CHECK(!removed[set] || sets.is_removable(set), "a set that can be removed");
    }
    Network smaller = network;
    Cutting cutting(smaller, sets, removed);
    for (Node& node : smaller.nodes) cutting.cut_node(node);
    std::erase_if(smaller.shapes, [&](const auto& entry) {
        return std::find(network.inputs.begin(), network.inputs.end(), entry.first) == network.inputs.end();
    });
    Result<Network> inferred = infer_shapes(std::move(smaller), network.name);
    TANDEM_CHECK(inferred.has_value(), "shapes of a network without some channels");
    return rewrites::checked(std::move(*inferred), "remove_channels");
}

} // namespace tandem
