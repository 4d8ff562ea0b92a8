// GlobalAveragePool: the mean over all positions of each channel.
#include "tandem/network/operators/rule_support.h"
#include "tandem/network/operators/rules.h"
#include "tandem/network/operators/window.h"

namespace tandem::operators {

OperatorRule global_average_pool_rule() {
    return {.type = "GlobalAveragePool",
            .description = "mean over all positions",
            .minimum_inputs = 1,
            .maximum_inputs = 1,
            .attributes = {},
            .infer_shape = infer_global_pool};
}

} // namespace tandem::operators
