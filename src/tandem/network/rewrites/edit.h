// What the rewrites share: who reads a tensor, fresh names, and the check after each rewrite.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/network/network.h"

namespace tandem::rewrites {

/// How many times each tensor is read, by nodes and as an output of the network.
std::map<std::string, int> count_readers(const Network& network);

/// By tensor, the index of the node that computes it.
std::map<std::string, std::size_t> index_producers(const Network& network);

/// `wanted`, or the first of `wanted_2`, `wanted_3`, ... that no tensor has.
std::string fresh_name(const Network& network, const std::string& wanted);

/// Gives a node's input a new value: in place when the node is the parameter's only reader, else (or
/// when it has none) as a new parameter named `wanted` or like it.
void set_parameter(Network& network, Node& node, std::size_t input, const std::string& wanted,
                   Parameter parameter);

/// Removes the nodes marked true, the shapes of their outputs that no node computes any more, and
/// the parameters that nobody reads any more.
void remove_nodes(Network& network, const std::vector<bool>& removed);

/// Checks that the rewritten network is valid, and returns it.
Network checked(Network network, std::string_view rewrite);

} // namespace tandem::rewrites
