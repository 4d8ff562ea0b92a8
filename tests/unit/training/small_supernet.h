// A supernet that nobody trained: steps of calibration, statistics of the network, for tests of what is done
// with one.
#pragma once

#include "../network_builder.h"
#include "tandem/training/supernet.h"

namespace tandem::testing {

/// Two convolutions with batch normalisation, the second added to what it reads, a mean and a Gemm.
inline Network residual_network() {
    using List = std::vector<std::int64_t>;
    NetworkBuilder build({1, 6, 6}, 5);
    const auto block = [&](const std::string& input, std::int64_t channels) {
        const std::string conv = build.add("Conv", {input, build.random_parameter({4, channels, 3, 3}, 0.5)},
                                           {{"kernel_shape", List{3, 3}}, {"pads", List{1, 1, 1, 1}}});
        const auto constant = [&](float value) { return build.parameter({4}, std::vector<float>(4, value)); };
        const std::string scale = constant(0.5F);
        const std::string shift = constant(0.25F);
        const std::string mean = constant(0.1F);
        const std::string variance = constant(2.0F);
        return build.add("BatchNormalization", {conv, scale, shift, mean, variance});
    };
    const std::string first = build.relu(block("input", 1));
    const std::string sum = build.relu(build.add("Add", {block(first, 4), first}));
    const std::string pooled = build.add("GlobalAveragePool", {sum});
    return build.finish(build.gemm(build.add("Flatten", {pooled}), 4, 3));
}

/// The network's own statistics for every pair of widths.
inline std::vector<NormalizationStatistics> equal_statistics(const Network& network,
                                                             const std::vector<Strategy>& strategies) {
    std::vector<NormalizationStatistics> statistics;
    const std::vector<const Node*> nodes = layers(network);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const Node* const normalization = normalization_of(network, *nodes[i]);
        if (normalization == nullptr) continue;
        for (const auto& [weight_bits, activation_bits] : width_pairs(strategies, i)) {
            statistics.push_back({.normalization = normalization->name,
                                  .weight_bits = weight_bits,
                                  .activation_bits = activation_bits,
                                  .mean = float_values(*network.parameter(normalization->inputs[3])),
                                  .variance = float_values(*network.parameter(normalization->inputs[4]))});
        }
    }
    return statistics;
}

} // namespace tandem::testing
