#include "kernel_support.h"

void tandem_run_flatten(const tandem_flatten* step, const void* input, void* output) {
    const int32_t pixels = step->input.rows * step->input.columns;
    int32_t pixel, channel;
    for (pixel = 0; pixel < pixels; ++pixel) {
        for (channel = 0; channel < step->input.channels; ++channel) {
            write_element(step->input.type, output, channel * pixels + pixel,
                          read_element(step->input.type, input, pixel * step->input.channels + channel));
        }
    }
}
