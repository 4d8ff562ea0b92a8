// SpaceToDepth: each block of pixels becomes channels, the block their outer part.
#include "tandem/network/operators/rule_support.h"
#include "tandem/network/operators/rules.h"
#include "tandem/network/operators/window.h"

namespace tandem::operators {

namespace {

Judged<std::int64_t> read_space_to_depth(const OperatorCall& call) {
    const Shape input = TANDEM_TRY(activation_of_rank(call, 0, 4, "(batch, channels, rows, columns)"));
    const auto size = TANDEM_TRY(attribute_or<std::int64_t>(call.node, "blocksize", 0));
    const bool is_small = size >= 1 && size <= kMaximumWindow;
    if (!is_small || input[2] % size != 0 || input[3] % size != 0) {
        return wrong("blocksize", std::to_string(size),
                     fmt::format("a divisor of {} rows and {} columns", input[2], input[3]));
    }
    return size;
}

Judged<Shape> infer_space_to_depth(const OperatorCall& call) {
    const std::int64_t size = TANDEM_TRY(read_space_to_depth(call));
    const Shape& input = call.input_shapes[0];
    return Shape{kBatch, input[1] * size * size, input[2] / size, input[3] / size};
}

} // namespace

OperatorRule space_to_depth_rule() {
    return {.type = "SpaceToDepth",
            .description = "blocks of pixels stacked as channels",
            .minimum_inputs = 1,
            .maximum_inputs = 1,
            .attributes = {"blocksize"},
            .infer_shape = infer_space_to_depth};
}

} // namespace tandem::operators

namespace tandem {

std::int64_t space_to_depth_size(const Node& node, const Network& network) {
    return operators::trusted(operators::read_space_to_depth(operators::call_of(node, network)));
}

} // namespace tandem
