// Reciprocal: elementwise 1 / x.
#include "tandem/network/operators/elementwise.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule reciprocal_rule() { return elementwise_rule("Reciprocal", "elementwise 1 / x"); }

} // namespace tandem::operators
