// LSTM and GRU between ONNX's usual form, time first, and Tandem's, the batch first.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/network/onnx/batch_places.h"

namespace tandem {

/// Whether an operator is LSTM or GRU.
bool is_recurrent(std::string_view type);

/// By output of the file, the dimension of its batch.
using RecurrentOutputs = std::map<std::string, std::size_t>;

/// The node with the batch in front (layout 1) and with one output, Y; of Y_h nodes that take it from Y.
/// `input` is the shape of X with the batch in front, `batch` where the file has it. Initial states of zeros
/// are left out.
tl::expected<RewrittenNode, Problem> batch_first_recurrent(const Node& node, std::size_t batch,
                                                           const Shape& input, const KnownTensors& known,
                                                           RecurrentOutputs& places);

/// The other way: nodes that say it time first, as runtimes take it, its initial states given to every
/// sample.
RewrittenNode time_first_recurrent(const Node& node);

/// Whether these are the functions that the operator has where its file names none, for one or two
/// directions.
bool are_default_activations(std::string_view type, const std::vector<std::string>& functions);

} // namespace tandem
