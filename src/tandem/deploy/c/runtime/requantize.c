#include "kernel_support.h"

void tandem_run_requantize(const tandem_requantize* step, const void* input, void* output) {
    const int32_t elements = elements_of(&step->output);
    int32_t i;
    for (i = 0; i < elements; ++i) {
        const int32_t element = read_element(step->input_type, input, i);
        write_element(step->output.type, output, i,
                      clamp(round_shift(element, step->output_shift), step->clamp));
    }
}
