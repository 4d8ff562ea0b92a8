// DepthToSpace: blocksize^2 channels become a block of pixels. In mode DCR the block is the outer part of
// the channel, in CRD the inner part.
#include "tandem/network/operators/rule_support.h"
#include "tandem/network/operators/rules.h"
#include "tandem/network/operators/window.h"
#include "tandem/network/quoted.h"

namespace tandem::operators {

namespace {

Judged<BlockAttributes> read_depth_to_space(const OperatorCall& call) {
    const Shape input = TANDEM_TRY(activation_of_rank(call, 0, 4, "(batch, channels, rows, columns)"));
    BlockAttributes attributes;
    attributes.size = TANDEM_TRY(attribute_or<std::int64_t>(call.node, "blocksize", 0));
    const bool is_small = attributes.size >= 1 && attributes.size <= kMaximumWindow;
    if (!is_small || input[1] % (attributes.size * attributes.size) != 0) {
        return wrong("blocksize", std::to_string(attributes.size),
                     fmt::format("a number whose square divides {} channels", input[1]));
    }
    const std::string mode = TANDEM_TRY(attribute_or<std::string>(call.node, "mode", "DCR"));
    if (mode != "DCR" && mode != "CRD") return wrong("mode", quoted_name(mode), "DCR or CRD");
    attributes.block_is_inner = mode == "CRD";
    return attributes;
}

Judged<Shape> infer_depth_to_space(const OperatorCall& call) {
    const std::int64_t size = TANDEM_TRY(read_depth_to_space(call)).size;
    const Shape& input = call.input_shapes[0];
    return Shape{kBatch, input[1] / (size * size), input[2] * size, input[3] * size};
}

} // namespace

OperatorRule depth_to_space_rule() {
    return {.type = "DepthToSpace",
            .description = "blocks of channels laid out as pixels",
            .minimum_inputs = 1,
            .maximum_inputs = 1,
            .attributes = {"blocksize", "mode"},
            .infer_shape = infer_depth_to_space};
}

} // namespace tandem::operators

namespace tandem {

BlockAttributes depth_to_space_attributes(const Node& node, const Network& network) {
    return operators::trusted(operators::read_depth_to_space(operators::call_of(node, network)));
}

} // namespace tandem
