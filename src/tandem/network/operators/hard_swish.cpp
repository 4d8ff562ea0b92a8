// HardSwish: elementwise x * max(0, min(1, x / 6 + 0.5)).
#include "tandem/network/operators/elementwise.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule hard_swish_rule() {
    return elementwise_rule("HardSwish", "elementwise x * max(0, min(1, x / 6 + 0.5))");
}

} // namespace tandem::operators
