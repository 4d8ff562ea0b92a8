// Sign: elementwise -1, 0 or 1.
#include "tandem/network/operators/elementwise.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule sign_rule() { return elementwise_rule("Sign", "elementwise -1, 0 or 1"); }

} // namespace tandem::operators
