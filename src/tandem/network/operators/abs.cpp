// Abs: elementwise absolute value.
#include "tandem/network/operators/elementwise.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule abs_rule() { return elementwise_rule("Abs", "elementwise absolute value"); }

} // namespace tandem::operators
