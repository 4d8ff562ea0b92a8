// GlobalMaxPool: the maximum over all positions of each channel.
#include "tandem/network/operators/rule_support.h"
#include "tandem/network/operators/rules.h"
#include "tandem/network/operators/window.h"

namespace tandem::operators {

OperatorRule global_max_pool_rule() {
    return {.type = "GlobalMaxPool",
            .description = "maximum over all positions",
            .minimum_inputs = 1,
            .maximum_inputs = 1,
            .attributes = {},
            .infer_shape = infer_global_pool};
}

} // namespace tandem::operators
