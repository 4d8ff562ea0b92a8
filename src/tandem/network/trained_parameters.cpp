#include "tandem/network/trained_parameters.h"

#include <algorithm>
#include <set>

namespace tandem {

std::int64_t trained_parameters(const Network& network) {
    std::set<std::string> others;
    for (const Node& node : network.nodes) {
        const std::ptrdiff_t first = node.type == "BatchNormalization" ? 3 : node.type == "Clip" ? 1 : -1;
        if (first < 0) continue;
        others.insert(node.inputs.begin() + std::min(first, std::ssize(node.inputs)), node.inputs.end());
    }
    std::int64_t count = 0;
    for (const auto& [name, parameter] : network.parameters) {
        const auto* values = std::get_if<std::vector<float>>(&parameter.values);
        if (values != nullptr && !others.contains(name)) count += std::ssize(*values);
    }
    return count;
}

} // namespace tandem
