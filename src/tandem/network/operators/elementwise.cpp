#include "tandem/network/operators/elementwise.h"

#include <cmath>

namespace tandem::operators {

OperatorRule elementwise_rule(std::string_view type, std::string_view description) {
    return {.type = type,
            .description = description,
            .minimum_inputs = 1,
            .maximum_inputs = 1,
            .attributes = {},
            .infer_shape = [](const OperatorCall& call) { return activation(call, 0); }};
}

Judged<float> finite_attribute(const Node& node, std::string_view name, float otherwise) {
    const float value = TANDEM_TRY(attribute_or<float>(node, name, otherwise));
    if (!std::isfinite(value)) return wrong(std::string(name), fmt::format("{}", value), "a finite number");
    return value;
}

} // namespace tandem::operators
