#include "tandem/codesign/compression/group_pruning.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "tandem/codesign/compression/weight_encoding.h"
#include "tandem/core/check.h"

namespace tandem {

namespace {

struct Group {
    double squared_norm = 0.0;
    double score = 0.0; ///< the least goes first
    std::size_t layer = 0;
    std::size_t begin = 0; ///< positions in the layer's channel-last order
    std::size_t end = 0;
};

const std::string& weights_of(const Node& layer) { return layer.inputs[1]; }

/// Scores the groups of one layer, which end up sorted: the share that a group has of its layer's squared
/// norm once all lighter ones are gone. So the heaviest of every layer has 1 and goes last, and layers
/// compare although batch normalisation lets the weights of one be small throughout. Lee et al.,
/// "Layer-adaptive sparsity for the magnitude-based pruning", ICLR 2021, equation 3.
void score_layer(std::span<Group> groups) {
    std::ranges::stable_sort(groups, {}, &Group::squared_norm);
    double remaining = 0.0;
    for (std::size_t i = groups.size(); i-- > 0;) {
        Group& group = groups[i];
        remaining += group.squared_norm;
        group.score = remaining > 0.0 ? group.squared_norm / remaining : 0.0;
    }
}

} // namespace

WeightMasks prune_groups(const Network& network, std::size_t group, double sparsity) {
    const std::vector<const Node*> all = layers(network);
    std::vector<Group> groups;
    std::vector<std::vector<std::size_t>> orders;
    std::size_t total = 0;
    WeightMasks masks;
    for (std::size_t layer = 0; layer < all.size(); ++layer) {
        const Parameter& parameter = *network.parameter(weights_of(*all[layer]));
        const std::vector<float>& weights = float_values(parameter);
        const std::vector<std::size_t>& order =
            orders.emplace_back(channel_last_order(*all[layer], parameter.shape));
        const std::size_t first = groups.size();
        for (std::size_t begin = 0; begin < order.size(); begin += group) {
            Group& next = groups.emplace_back(
                Group{.layer = layer, .begin = begin, .end = std::min(begin + group, order.size())});
            for (std::size_t i = next.begin; i < next.end; ++i) {
                const auto weight = static_cast<double>(weights[order[i]]);
                next.squared_norm += weight * weight;
            }
        }
        score_layer(std::span(groups).subspan(first));
        masks[weights_of(*all[layer])].assign(order.size(), 1);
        total += order.size();
    }
    std::ranges::stable_sort(groups, {}, &Group::score);
    const auto wanted = static_cast<std::size_t>(std::ceil(sparsity * static_cast<double>(total)));
    std::size_t pruned = 0;
    for (const Group& next : groups) {
        if (pruned >= wanted || next.score == 1.0) break;
        std::vector<std::uint8_t>& mask = masks[weights_of(*all[next.layer])];
        for (std::size_t i = next.begin; i < next.end; ++i) mask[orders[next.layer][i]] = 0;
        pruned += next.end - next.begin;
    }
    return masks;
}

WeightMasks zero_masks(const Network& network) {
    WeightMasks masks;
    for (const Node* layer : layers(network)) {
        const std::vector<float>& weights = float_values(*network.parameter(weights_of(*layer)));
        std::vector<std::uint8_t>& mask = masks[weights_of(*layer)];
        for (const float weight : weights) mask.push_back(weight != 0.0F ? 1 : 0);
    }
    return masks;
}

Network masked(Network network, const WeightMasks& masks) {
    for (const auto& [name, mask] : masks) {
        auto& weights = std::get<std::vector<float>>(network.parameters.at(name).values);
        TANDEM_CHECK(weights.size() == mask.size(), "a byte a weight");
        for (std::size_t i = 0; i < weights.size(); ++i) {
            if (mask[i] == 0) weights[i] = 0.0F;
        }
    }
    return network;
}

} // namespace tandem
