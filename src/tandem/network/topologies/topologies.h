// Generators of reference topologies, with seeded initial parameters (He et al. 2015, eq. 10: normal,
// variance 2 / fan-in) and batch normalisation, where the topology has it, in place. They read
// tensor "input" and end in tensor "logits".
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "tandem/core/random.h"
#include "tandem/network/network.h"

namespace tandem {

/// What a generator is asked for.
struct TopologyRequest {
    Shape input_shape; ///< {kBatch, channels, rows, columns}
    std::int64_t classes = 10;
    std::uint64_t seed = 1;
};

struct Topology {
    std::string_view name;
    std::string_view description;
    std::int64_t minimum_rows; ///< that the input needs at least
    std::int64_t minimum_columns;
    Shape usual_input; ///< of the data set that the publication names
    std::int64_t usual_classes;
    bool is_large; ///< more than a million parameters
    /// The input must have rank 4, positive extents and at least so many rows and columns;
    /// each parameter draws from a stream of its own name.
    std::function<Network(const TopologyRequest&)> build;

    bool takes(std::int64_t rows, std::int64_t columns) const {
        return rows >= minimum_rows && columns >= minimum_columns;
    }
};

/// Every topology, sorted by name.
const std::vector<Topology>& known_topologies();
const Topology* find_topology(std::string_view name);

} // namespace tandem
