// ReduceSum: sum along axes, which are an attribute before opset 13 and an input after.
#include "tandem/network/operators/reduce.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule reduce_sum_rule() { return reduce_rule("ReduceSum", "sum along axes"); }

} // namespace tandem::operators
