// What the normalisations share.
#pragma once

#include "tandem/network/operators/rule_support.h"

namespace tandem::operators {

/// The epsilon attribute: finite and not negative.
Judged<float> read_epsilon(const Node& node);

} // namespace tandem::operators
