// What operators that map each element by itself have in common.
#pragma once

#include "tandem/network/operators/rule_support.h"

namespace tandem::operators {

/// The rule of an operator without attributes that maps each element of one activation.
OperatorRule elementwise_rule(std::string_view type, std::string_view description);

/// A number attribute, which must be finite.
Judged<float> finite_attribute(const Node& node, std::string_view name, float otherwise);

} // namespace tandem::operators
