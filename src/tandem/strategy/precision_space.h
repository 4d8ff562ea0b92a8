// The widths that the layers of a network may take, and strategies of that space.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tandem/core/fields.h"
#include "tandem/core/random.h"
#include "tandem/core/result.h"
#include "tandem/network/network.h"
#include "tandem/strategy/strategy.h"

namespace tandem {

struct PrecisionSpace {
    std::vector<int> weight_bits;     ///< rising
    std::vector<int> activation_bits; ///< rising
    /// Of weights and input of the first and of the last layer, whatever the lists say; none: like any other.
    std::optional<int> first_last_bits = {};

    bool operator==(const PrecisionSpace&) const = default;
};

void describe(Fields& fields, PrecisionSpace& space);
/// Whether both lists rise and have a width, as those of a file may not.
bool has_rising_widths(const PrecisionSpace& space);

/// Every layer at its widest, or at its narrowest.
Strategy widest_strategy(const PrecisionSpace& space, const Network& network);
Strategy narrowest_strategy(const PrecisionSpace& space, const Network& network);

/// One strategy for each width that either list has, in rising order: every operand takes it, or where its
/// list lacks it the widest below, or else the narrowest.
std::vector<Strategy> uniform_strategies(const PrecisionSpace& space, const Network& network);

/// For weights and for activations two widths are drawn, and for each layer one between them: so strategies
/// of one width nearly everywhere come as often as those that mix all.
Strategy draw_strategy(const PrecisionSpace& space, const Network& network, Random& random);

/// Refuses, all at once, what the part, the `space` of a job, asks for that the space does not have.
[[nodiscard]] Result<void> check_within(const PrecisionSpace& space, const PrecisionSpace& part,
                                        const std::string& file);
/// Refuses, all at once, the widths that the space does not have. `strategy` fits the network.
[[nodiscard]] Result<void> check_within(const PrecisionSpace& space, const Strategy& strategy);

} // namespace tandem
