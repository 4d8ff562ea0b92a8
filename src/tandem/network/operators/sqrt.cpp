// Sqrt: elementwise square root.
#include "tandem/network/operators/elementwise.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule sqrt_rule() { return elementwise_rule("Sqrt", "elementwise square root"); }

} // namespace tandem::operators
