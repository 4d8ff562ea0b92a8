// GlobalAveragePool: the mean over rows and columns of each channel.
#include "tandem/network/operators/rule_support.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule global_average_pool_rule() {
    return {.type = "GlobalAveragePool",
            .description = "mean over all rows and columns of each channel",
            .minimum_inputs = 1,
            .maximum_inputs = 1,
            .attributes = {},
            .infer_shape = [](const OperatorCall& call) -> Judged<Shape> {
                const Shape input =
                    TANDEM_TRY(activation_of_rank(call, 0, 4, "(batch, channels, rows, columns)"));
                return Shape{kBatch, input[1], 1, 1};
            }};
}

} // namespace tandem::operators
