// Tanh: elementwise hyperbolic tangent.
#include "tandem/network/operators/elementwise.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule tanh_rule() { return elementwise_rule("Tanh", "elementwise hyperbolic tangent"); }

} // namespace tandem::operators
