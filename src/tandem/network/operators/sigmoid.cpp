// Sigmoid: elementwise 1 / (1 + exp(-x)).
#include "tandem/network/operators/elementwise.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule sigmoid_rule() { return elementwise_rule("Sigmoid", "elementwise 1 / (1 + exp(-x))"); }

} // namespace tandem::operators
