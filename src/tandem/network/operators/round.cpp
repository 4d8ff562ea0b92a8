// Round: elementwise nearest integer, the even one of two equally near.
#include "tandem/network/operators/elementwise.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule round_rule() {
    return elementwise_rule("Round", "elementwise nearest integer, the even one of two equally near");
}

} // namespace tandem::operators
