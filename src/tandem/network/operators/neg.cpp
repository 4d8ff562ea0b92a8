// Neg: elementwise -x.
#include "tandem/network/operators/elementwise.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule neg_rule() { return elementwise_rule("Neg", "elementwise -x"); }

} // namespace tandem::operators
