// What the reductions along axes share.
#pragma once

#include "tandem/network/operators/rule_support.h"

namespace tandem::operators {

/// The rule of a reduction, which keeps at least the batch.
OperatorRule reduce_rule(std::string_view type, std::string_view description);

} // namespace tandem::operators
