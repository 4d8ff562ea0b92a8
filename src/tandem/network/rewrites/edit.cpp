#include "tandem/network/rewrites/edit.h"

#include <set>

#include <fmt/format.h>

#include "tandem/core/check.h"

namespace tandem::rewrites {

std::map<std::string, int> count_readers(const Network& network) {
    std::map<std::string, int> readers;
    for (const Node& node : network.nodes) {
        for (const std::string& input : node.inputs) ++readers[input];
    }
    for (const std::string& output : network.outputs) ++readers[output];
    return readers;
}

std::map<std::string, std::size_t> index_producers(const Network& network) {
    std::map<std::string, std::size_t> producers;
    for (std::size_t i = 0; i < network.nodes.size(); ++i) {
        for (const std::string& output : network.nodes[i].outputs) producers[output] = i;
    }
    return producers;
}

std::string fresh_name(const Network& network, const std::string& wanted) {
    std::string name = wanted;
    for (int number = 2; network.shapes.contains(name) || network.parameters.contains(name); ++number) {
        name = fmt::format("{}_{}", wanted, number);
    }
    return name;
}

void set_parameter(Network& network, Node& node, std::size_t input, const std::string& wanted,
                   Parameter parameter) {
    if (node.inputs.size() <= input) node.inputs.resize(input + 1);
    std::string& name = node.inputs[input];
    // A node may read one parameter twice, a Gemm of one by one its weights as its bias.
    if (name.empty() || count_readers(network)[name] > 1) name = fresh_name(network, wanted);
    network.parameters.insert_or_assign(name, std::move(parameter));
}

void remove_nodes(Network& network, const std::vector<bool>& removed) {
    std::vector<Node> kept;
    std::set<std::string> computed(network.inputs.begin(), network.inputs.end());
    for (std::size_t i = 0; i < network.nodes.size(); ++i) {
        if (removed[i]) continue;
        computed.insert(network.nodes[i].outputs.begin(), network.nodes[i].outputs.end());
        kept.push_back(std::move(network.nodes[i]));
    }
    network.nodes = std::move(kept);
    std::erase_if(network.shapes, [&](const auto& entry) { return !computed.contains(entry.first); });
    const std::map<std::string, int> readers = count_readers(network);
    std::erase_if(network.parameters, [&](const auto& entry) { return !readers.contains(entry.first); });
}

Network checked(Network network, std::string_view rewrite) {
    const Result<void> valid = validate(network, network.name);
    TANDEM_CHECK(valid.has_value(), fmt::format("after {}: {}", rewrite, to_string(valid.error())));
    return network;
}

} // namespace tandem::rewrites
