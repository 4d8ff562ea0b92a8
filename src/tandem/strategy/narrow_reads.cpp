#include "tandem/strategy/narrow_reads.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "tandem/network/rewrites/rewrites.h"

namespace tandem {

namespace {

/// A layer that reads `tensor`, as it is stored, at `bits`, fewer than it is stored with.
struct NarrowRead {
    std::string layer;
    std::string tensor;
    int bits = 0;
};

std::vector<NarrowRead> find_narrow_reads(const Network& network, const Strategy& strategy) {
    const Network prepared = prepare_for_deployment(network);
    const std::vector<const Node*> all = layers(prepared);
    std::vector<NarrowRead> reads;
    for (std::size_t i = 0; i < all.size(); ++i) {
        const int bits = strategy.layers[i].activation_bits;
        const std::string& tensor = all[i]->inputs.front();
        if (bits < stored_bits(prepared, strategy, tensor)) reads.push_back({all[i]->name, tensor, bits});
    }
    return reads;
}

std::size_t index_of(const Network& network, const std::string& node) {
    const auto found = std::find_if(network.nodes.begin(), network.nodes.end(),
                                    [&](const Node& any) { return any.name == node; });
    return static_cast<std::size_t>(found - network.nodes.begin());
}

} // namespace

Network split_narrow_reads(Network network, const Strategy& strategy) {
    std::map<std::pair<std::string, int>, std::string> clips; ///< outputs, by tensor and width
    for (const NarrowRead& read : find_narrow_reads(network, strategy)) {
        // What is folded into the layer (a Pad, a pass-through node) lies between it and the tensor.
        std::size_t reader = index_of(network, read.layer);
        while (network.nodes[reader].inputs.front() != read.tensor) {
            const Node* const producer = network.producer(network.nodes[reader].inputs.front());
            reader = static_cast<std::size_t>(producer - network.nodes.data());
        }
        const auto [clip, is_new] = clips.emplace(std::pair(read.tensor, read.bits),
                                                  fmt::format("{}_at_{}_bits", read.tensor, read.bits));
        network.nodes[reader].inputs.front() = clip->second;
        if (!is_new) continue;
        network.shapes[clip->second] = network.shape(read.tensor);
        network.nodes.insert(network.nodes.begin() + static_cast<std::ptrdiff_t>(reader),
                             Node{.name = clip->second,
                                  .type = "Clip",
                                  .inputs = {read.tensor},
                                  .outputs = {clip->second},
                                  .attributes = {}});
    }
    return network;
}

} // namespace tandem
