#include "tandem/network/trained_parameters.h"

#include <algorithm>
#include <map>
#include <set>

namespace tandem {

std::int64_t trained_parameters(const Network& network) {
    // The input from which on what a node reads is not trained.
    const std::map<std::string, std::ptrdiff_t> first_others{
        {"BatchNormalization", 3}, {"Clip", 1}, {"Resize", 1}, {"Upsample", 1}};
    std::set<std::string> others;
    for (const Node& node : network.nodes) {
        const auto found = first_others.find(node.type);
        if (found == first_others.end()) continue;
        const std::ptrdiff_t first = found->second;
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
