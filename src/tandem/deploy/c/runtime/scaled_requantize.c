#include "scales.h"

void tandem_run_scaled_requantize(const tandem_scaled_requantize* step, const void* input, void* output) {
    const int32_t elements = elements_of(&step->output);
    int32_t i;
    for (i = 0; i < elements; ++i) {
        const int32_t element = read_element(step->input_type, input, i) - step->input_zero_point;
        write_element(step->output.type, output, i, rescale(&step->scale, &step->clamp, element, 0));
    }
}
