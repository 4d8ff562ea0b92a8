// MaxPool: the maximum over a window; padding is never the maximum.
#include "tandem/network/operators/pool.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule max_pool_rule() {
    return {.type = "MaxPool",
            .description = "maximum over a window",
            .minimum_inputs = 1,
            .maximum_inputs = 1,
            .attributes = {"auto_pad", "ceil_mode", "dilations", "kernel_shape", "pads", "storage_order",
                           "strides"},
            .infer_shape = infer_pool};
}

} // namespace tandem::operators
