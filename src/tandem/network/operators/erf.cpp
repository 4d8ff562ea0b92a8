// Erf: elementwise error function.
#include "tandem/network/operators/elementwise.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule erf_rule() { return elementwise_rule("Erf", "elementwise error function"); }

} // namespace tandem::operators
