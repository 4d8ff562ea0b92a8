// ReduceMin: minimum along axes, which are an attribute before opset 18 and an input after.
#include "tandem/network/operators/reduce.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule reduce_min_rule() { return reduce_rule("ReduceMin", "minimum along axes"); }

} // namespace tandem::operators
