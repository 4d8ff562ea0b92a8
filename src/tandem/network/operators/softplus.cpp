// Softplus: elementwise log(1 + exp(x)).
#include "tandem/network/operators/elementwise.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule softplus_rule() { return elementwise_rule("Softplus", "elementwise log(1 + exp(x))"); }

} // namespace tandem::operators
