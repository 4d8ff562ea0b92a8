// Backwards, so that of two Pads in a row the second is out of the way when the first is looked at.
#include <algorithm>

#include "tandem/network/operators/operators.h"
#include "tandem/network/operators/window.h"
#include "tandem/network/rewrites/edit.h"
#include "tandem/network/rewrites/rewrites.h"

namespace tandem {

namespace {

/// Whether a Pad adds zeros to rows and columns alone.
bool pads_rows_and_columns(const PadAttributes& pad) {
    return pad.value == 0.0F && pad.pads_begin.size() == 4 && pad.pads_begin[1] == 0 && pad.pads_end[1] == 0;
}

/// The convolution's own pads and the Pad's together, as its attribute; empty when they are too many.
std::vector<std::int64_t> joint_pads(const PadAttributes& pad, const Window& window) {
    std::vector<std::int64_t> pads{
        window.pads_begin[0] + pad.pads_begin[2], window.pads_begin[1] + pad.pads_begin[3],
        window.pads_end[0] + pad.pads_end[2], window.pads_end[1] + pad.pads_end[3]};
    if (*std::max_element(pads.begin(), pads.end()) > operators::kMaximumWindow) pads.clear();
    return pads;
}

} // namespace

Network fold_padding(Network network) {
    std::map<std::string, int> readers = rewrites::count_readers(network);
    const std::map<std::string, std::size_t> producers = rewrites::index_producers(network);
    std::vector<bool> removed(network.nodes.size(), false);
    for (std::size_t i = network.nodes.size(); i-- > 0;) {
        Node& conv = network.nodes[i];
        while (conv.type == "Conv") {
            const std::string& input = conv.inputs.front();
            const auto producer = producers.find(input);
            if (producer == producers.end() || readers[input] != 1) break;
            const Node& pad = network.nodes[producer->second];
            if (pad.type != "Pad") break;
            const PadAttributes attributes = pad_attributes(pad, network);
            if (!pads_rows_and_columns(attributes)) break;
            const auto pads = joint_pads(attributes, conv_attributes(conv, network).window);
            if (pads.empty()) break;
            conv.attributes.insert_or_assign("pads", pads);
            conv.attributes.erase("auto_pad");
            removed[producer->second] = true;
            conv.inputs.front() = pad.inputs.front();
        }
    }
    rewrites::remove_nodes(network, removed);
    return rewrites::checked(std::move(network), "fold_padding");
}

} // namespace tandem
