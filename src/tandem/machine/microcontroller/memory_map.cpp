#include "tandem/machine/microcontroller/memory_map.h"

#include <algorithm>

#include "tandem/machine/microcontroller/buffer_plan.h"
#include "tandem/machine/microcontroller/c_layer.h"

namespace tandem {

Document describe_memory(const IntegerProgram& program) {
    const BufferPlan plan = plan_buffers(program);
    Document::List steps;
    for (const Step& step : program.steps) steps.emplace_back(step_name(program, step));
    Document::List places;
    for (const BufferPlace& place : plan.places) {
        // One that is replaced ends where its successor begins: the page draws each place once.
        const bool is_replaced =
            std::any_of(plan.places.begin(), plan.places.end(),
                        [&](const BufferPlace& other) { return other.over == place.tensor; });
        places.push_back(Document::Map{{"tensor", program.tensors[place.tensor].name},
                                       {"offset_bytes", place.offset.value},
                                       {"size_bytes", place.size.value},
                                       {"first_step", place.first_step},
                                       {"last_step", place.last_step - (is_replaced ? 1 : 0)}});
    }
    for (const RowBuffer& rows : plan.row_buffers) {
        places.push_back(Document::Map{{"tensor", "rows of " + step_name(program, program.steps[rows.step])},
                                       {"offset_bytes", rows.offset.value},
                                       {"size_bytes", rows.size.value},
                                       {"first_step", rows.step},
                                       {"last_step", rows.step}});
    }
    return Document::Map{
        {"size_bytes", plan.size.value}, {"steps", std::move(steps)}, {"places", std::move(places)}};
}

} // namespace tandem
