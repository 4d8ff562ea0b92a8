// Upsample, which Resize replaced in opset 10: its factors are an attribute in opset 7 and 8 and an input
// in 9.
#include "tandem/network/operators/resize.h"
#include "tandem/network/operators/rules.h"

namespace tandem::operators {

OperatorRule upsample_rule() {
    return {.type = "Upsample",
            .description = "rows and columns scaled up, nearest or linear (before opset 10)",
            .minimum_inputs = 1,
            .maximum_inputs = 2,
            .attributes = {"mode", "scales"},
            .infer_shape = [](const OperatorCall& call) -> Judged<Shape> {
                if (call.opset >= 10) {
                    return wrong("", fmt::format("Upsample in opset {}", call.opset), "Resize");
                }
                return infer_resize(call);
            }};
}

} // namespace tandem::operators
