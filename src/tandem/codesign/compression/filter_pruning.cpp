#include "tandem/codesign/compression/filter_pruning.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <string>
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

/// Filters that each layer keeps, by its name.
using Floors = std::map<std::string, std::ptrdiff_t>;

/// A share of those of the original, at least one.
Floors floors_of(const Network& original, double share) {
    Floors floors;
    for (const Node* layer : layers(original)) {
        const auto filters = static_cast<double>(original.shape(layer->outputs.front())[1]);
        floors[layer->name] =
            std::max<std::ptrdiff_t>(1, static_cast<std::ptrdiff_t>(std::ceil(share * filters)));
    }
    return floors;
}

/// Whether every layer keeps enough filters that are not of this set.
bool leaves_enough(const ChannelSets& sets, const Network& network, const Floors& floors, std::size_t set) {
    const std::vector<const Node*> all = layers(network);
    return std::all_of(all.begin(), all.end(), [&](const Node* layer) {
        const std::vector<std::size_t>& channels = sets.of(layer->outputs.front());
        const std::ptrdiff_t going = std::count(channels.begin(), channels.end(), set);
        return going == 0 || std::ssize(channels) - going >= floors.at(layer->name);
    });
}

/// The set of the filter that goes next; none when every layer is at its floor.
std::optional<std::size_t> next_filter(const Network& network, const ChannelSets& sets,
                                       const Floors& floors) {
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
            if (sets.is_removable(channels[i]) && leaves_enough(sets, network, floors, channels[i]))
                filter = i;
        }
        const double mean = sum / static_cast<double>(elements_per_sample(parameter.shape));
        if (!filter || (next && mean >= least_mean)) continue;
        next = channels[*filter];
        least_mean = mean;
    }
    return next;
}

} // namespace

FilterPruning prune_filters(Network network, const Network& original, int bits,
                            std::int64_t target_kibibytes) {
    constexpr double kFirstShare = 0.25;
    constexpr double kLeastShare = 1.0 / 65'536.0; // a single filter, in any network
    double share = kFirstShare;
    FilterPruning pruning{.network = std::move(network)};
    while (true) {
        pruning.kibibytes =
            resident_kibibytes(resident_elements(prepare_for_deployment(pruning.network)), bits);
        pruning.fits = pruning.kibibytes <= target_kibibytes;
        if (pruning.fits) return pruning;
        const ChannelSets sets(pruning.network);
        std::optional<std::size_t> set = next_filter(pruning.network, sets, floors_of(original, share));
        while (!set && share > kLeastShare) {
            share *= 0.5;
            set = next_filter(pruning.network, sets, floors_of(original, share));
        }
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
