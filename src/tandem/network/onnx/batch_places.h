// Tensors of a file whose batch is not in front, as exporters have them around LSTM and GRU, which take time
// first. While the file is read each becomes one with the batch in front, under another name, and the nodes
// on it are rewritten.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "tandem/network/network.h"

namespace tandem {

/// What is known of a file's tensors where a node stands; shapes by the network's names, the batch in front.
struct KnownTensors {
    std::function<const Shape*(const std::string&)> shape;        ///< null where unknown
    std::function<const Parameter*(const std::string&)> constant; ///< null for activations
    std::function<bool(const std::string&)> is_read;              ///< by a node, or as an output
};

/// What a node becomes, and constants that it then reads.
struct RewrittenNode {
    std::vector<Node> nodes;
    std::map<std::string, Parameter> parameters;
};

class BatchPlaces {
  public:
    /// The dimension of the batch in the file's tensor.
    std::size_t of(const std::string& tensor) const;
    /// What the network calls a tensor of the file.
    std::string name_of(const std::string& tensor) const;
    /// Whether a node must be rewritten: it is recurrent, reads a tensor whose batch is elsewhere, or moves
    /// it.
    bool concern(const Node& node) const;

    /// Rewrites a node, and notes where its output has the batch. Problems: operators that have no such form,
    /// what mixes samples, and of a recurrent node the cells' state as an output and states that are no
    /// constants.
    tl::expected<RewrittenNode, Problem> rewrite(const Node& node, const KnownTensors& known);

    /// Removes the nodes that only moved the batch, which are Identity by now.
    void remove_moves(Network& network) const;

  private:
    void note(const std::string& tensor, std::size_t place);

    std::map<std::string, std::size_t> places_; ///< by the file's name; not 0
    std::vector<std::string> moves_;            ///< names of nodes
};

} // namespace tandem
