// Floor: elementwise largest integer not above x.
#include "tandem/network/operators/elementwise.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule floor_rule() { return elementwise_rule("Floor", "elementwise largest integer not above x"); }

} // namespace tandem::operators
