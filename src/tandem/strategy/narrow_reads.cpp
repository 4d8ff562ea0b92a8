#include "tandem/strategy/narrow_reads.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tandem/network/rewrites/rewrites.h"

namespace tandem {

namespace {

/// A layer that reads `tensor`, as it is stored, by way of a Clip.
struct ClippedRead {
    std::string layer;
    std::string tensor;
    std::string clip; ///< the node and its output; layers may share one
};

std::size_t index_of(const Network& network, const std::string& node) {
    const auto found = std::find_if(network.nodes.begin(), network.nodes.end(),
                                    [&](const Node& any) { return any.name == node; });
    return static_cast<std::size_t>(found - network.nodes.begin());
}

Network insert_clips(Network network, const std::vector<ClippedRead>& reads) {
    for (const ClippedRead& read : reads) {
        // What is folded into the layer (a Pad, a pass-through node) lies between it and the tensor.
        std::size_t reader = index_of(network, read.layer);
        while (network.nodes[reader].inputs.front() != read.tensor) {
            const Node* const producer = network.producer(network.nodes[reader].inputs.front());
            reader = static_cast<std::size_t>(producer - network.nodes.data());
        }
        network.nodes[reader].inputs.front() = read.clip;
        if (network.producer(read.clip) != nullptr) continue;
        network.shapes[read.clip] = network.shape(read.tensor);
        network.nodes.insert(network.nodes.begin() + static_cast<std::ptrdiff_t>(reader),
                             Node{.name = read.clip,
                                  .type = "Clip",
                                  .inputs = {read.tensor},
                                  .outputs = {read.clip},
                                  .attributes = {}});
    }
    return network;
}

} // namespace

Network split_narrow_reads(Network network, const Strategy& strategy) {
    const Network prepared = prepare_for_deployment(network);
    const std::vector<const Node*> all = layers(prepared);
    std::vector<ClippedRead> reads;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const int bits = strategy.layers[i].activation_bits;
        const std::string& tensor = all[i]->inputs.front();
        if (bits >= stored_bits(prepared, strategy, tensor)) continue;
        reads.push_back({all[i]->name, tensor, fmt::format("{}_at_{}_bits", tensor, bits)});
    }
    return insert_clips(std::move(network), reads);
}

Network split_single_bit_reads(Network network, const Strategy& strategy) {
    const Network prepared = prepare_for_deployment(network);
    const std::vector<const Node*> all = layers(prepared);
    std::vector<ClippedRead> reads;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (strategy.layers[i].activation_bits > 1) continue;
        const std::string& tensor = all[i]->inputs.front();
        reads.push_back({all[i]->name, tensor, tensor + "_bases"});
    }
    return insert_clips(std::move(network), reads);
}

Network separate_reads(Network network) {
    const Network prepared = prepare_for_deployment(network);
    std::vector<ClippedRead> reads;
    for (const Node* layer : layers(prepared)) {
        const std::string& tensor = layer->inputs.front();
        if (prepared.consumers(tensor).size() < 2) continue;
        reads.push_back({layer->name, tensor, fmt::format("{}_for_{}", tensor, layer->name)});
    }
    return insert_clips(std::move(network), reads);
}

} // namespace tandem
