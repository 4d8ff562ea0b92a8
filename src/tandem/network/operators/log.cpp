// Log: elementwise natural logarithm.
#include "tandem/network/operators/elementwise.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule log_rule() { return elementwise_rule("Log", "elementwise natural logarithm"); }

} // namespace tandem::operators
