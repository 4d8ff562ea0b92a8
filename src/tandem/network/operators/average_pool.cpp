// AveragePool: the mean over a window, with or without its padding.
#include "tandem/network/operators/pool.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule average_pool_rule() {
    return {.type = "AveragePool",
            .description = "mean over a window",
            .minimum_inputs = 1,
            .maximum_inputs = 1,
            .attributes = {"auto_pad", "ceil_mode", "count_include_pad", "dilations", "kernel_shape", "pads",
                           "strides"},
            .infer_shape = infer_pool};
}

} // namespace tandem::operators
