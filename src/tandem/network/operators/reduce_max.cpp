// ReduceMax: maximum along axes, which are an attribute before opset 18 and an input after.
#include "tandem/network/operators/reduce.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule reduce_max_rule() { return reduce_rule("ReduceMax", "maximum along axes"); }

} // namespace tandem::operators
