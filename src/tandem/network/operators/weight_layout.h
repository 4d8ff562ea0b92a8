// Where the weights of a layer lie in their parameter: a Conv's by output, channel and place in the window, a
// Gemm's by output and input either way round.
#pragma once

#include <cstddef>
#include <cstdint>

#include "tandem/network/network.h"

namespace tandem {

struct WeightLayout {
    std::int64_t groups = 1;
    std::int64_t outputs = 0;  ///< of all groups
    std::int64_t channels = 0; ///< that one output reads
    std::int64_t taps = 1;     ///< places in the window
    bool outputs_stand_last = false;

    std::int64_t reads() const { return channels * taps; }
    /// `read` counts channels of the output's group, and in each the places of its window.
    std::size_t index(std::int64_t output, std::int64_t read) const {
        return static_cast<std::size_t>(outputs_stand_last ? read * outputs + output
                                                           : output * reads() + read);
    }
};

/// Of a Conv or Gemm whose weights are a parameter.
WeightLayout weight_layout(const Network& network, const Node& layer);

} // namespace tandem
