// LRN (Krizhevsky et al. 2012, section 3.3): x / (bias + alpha / size * sum of squares of neighbouring
// channels)^beta; the neighbours of channel c are c - (size - 1) / 2 to c + size / 2.
#include "tandem/network/operators/elementwise.h"
#include "tandem/network/operators/rules.h"
#include "tandem/network/operators/window.h"

namespace tandem::operators {

namespace {

Judged<LrnAttributes> read_lrn(const Node& node) {
    LrnAttributes attributes;
    attributes.size = TANDEM_TRY(attribute_or<std::int64_t>(node, "size", 0));
    if (attributes.size < 1 || attributes.size > kMaximumWindow) {
        return wrong("size", std::to_string(attributes.size), fmt::format("1 to {}", kMaximumWindow));
    }
    attributes.alpha = TANDEM_TRY(finite_attribute(node, "alpha", 1e-4F));
    attributes.beta = TANDEM_TRY(finite_attribute(node, "beta", 0.75F));
    attributes.bias = TANDEM_TRY(finite_attribute(node, "bias", 1.0F));
    return attributes;
}

Judged<Shape> infer_lrn(const OperatorCall& call) {
    TANDEM_TRY(read_lrn(call.node));
    return activation_of_rank(call, 0, 4, "(batch, channels, rows, columns)");
}

} // namespace

OperatorRule lrn_rule() {
    return {.type = "LRN",
            .description = "normalisation by the energy of neighbouring channels",
            .minimum_inputs = 1,
            .maximum_inputs = 1,
            .attributes = {"alpha", "beta", "bias", "size"},
            .infer_shape = infer_lrn};
}

} // namespace tandem::operators

namespace tandem {

LrnAttributes lrn_attributes(const Node& node) { return operators::trusted(operators::read_lrn(node)); }

} // namespace tandem
