// Exp: elementwise e to the power of x.
#include "tandem/network/operators/elementwise.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule exp_rule() { return elementwise_rule("Exp", "elementwise e to the power of x"); }

} // namespace tandem::operators
