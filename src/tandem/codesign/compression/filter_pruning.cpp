#include "tandem/codesign/compression/filter_pruning.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <vector>

#include "tandem/network/operators/operators.h"
#include "tandem/network/pruning/channel_sets.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/workload/resident_memory.h"

namespace tandem {

namespace {

/// The l1-norm of each filter of a layer.
std::vector<double> filter_norms(const Node& layer, const Parameter& parameter) {
    const std::vector<float>& weights = float_values(parameter);
    const bool outputs_first = layer.type == "Conv" || gemm_attributes(layer).transposes_weights;
    const auto filters = static_cast<std::size_t>(parameter.shape[outputs_first ? 0 : 1]);
    const std::size_t inner = weights.size() / filters;
    std::vector<double> norms(filters, 0.0);
    for (std::size_t i = 0; i < weights.size(); ++i) {
        norms[outputs_first ? i / inner : i % filters] += std::abs(static_cast<double>(weights[i]));
    }
    return norms;
}

/// Whether every activation keeps a channel that is not of this set.
bool leaves_channels(const ChannelSets& sets, const Network& network, std::size_t set) {
    return std::all_of(network.nodes.begin(), network.nodes.end(), [&](const Node& node) {
        const std::vector<std::size_t>& channels = sets.of(node.outputs.front());
        return std::any_of(channels.begin(), channels.end(),
                           [&](std::size_t channel) { return channel != set; });
    });
}

/// The set of the filter that goes next; none when every filter is needed.
std::optional<std::size_t> next_filter(const Network& network, const ChannelSets& sets) {
    std::optional<std::size_t> next;
    double least_mean = 0.0;
    for (const Node* layer : layers(network)) {
        const std::vector<std::size_t>& channels = sets.of(layer->outputs.front());
        const Parameter& parameter = *network.parameter(layer->inputs[1]);
        const std::vector<double> norms = filter_norms(*layer, parameter);
        std::optional<std::size_t> filter;
        double sum = 0.0;
        for (std::size_t i = 0; i < norms.size(); ++i) {
            sum += norms[i];
            if (filter && norms[i] >= norms[*filter]) continue;
            if (sets.is_removable(channels[i]) && leaves_channels(sets, network, channels[i])) filter = i;
        }
        const double mean = sum / static_cast<double>(elements_per_sample(parameter.shape));
        if (!filter || (next && mean >= least_mean)) continue;
        next = channels[*filter];
        least_mean = mean;
    }
    return next;
}

} // namespace

FilterPruning prune_filters(Network network, int bits, std::int64_t target_kibibytes) {
    FilterPruning pruning{.network = std::move(network)};
    while (true) {
        pruning.kibibytes =
            resident_kibibytes(resident_elements(prepare_for_deployment(pruning.network)), bits);
        pruning.fits = pruning.kibibytes <= target_kibibytes;
        if (pruning.fits) return pruning;
        const ChannelSets sets(pruning.network);
        const std::optional<std::size_t> set = next_filter(pruning.network, sets);
        if (!set) return pruning;
        RemovedSets removed(sets.count(), false);
        removed[*set] = true;
        pruning.network = remove_channels(pruning.network, sets, removed);
        ++pruning.removed_filters;
    }
}

std::int64_t count_filters(const Network& network) {
    std::int64_t filters = 0;
    for (const Node* layer : layers(network)) filters += network.shape(layer->outputs.front())[1];
    return filters;
}

} // namespace tandem
