#include "scales.h"

void tandem_run_scaled_concat(const tandem_scaled_concat* step, const void* input, void* output) {
    int32_t read = 0;
    int32_t row, column, channel;
    for (row = 0; row < step->input.rows; ++row) {
        for (column = 0; column < step->input.columns; ++column) {
            const int32_t y = row + step->offsets[1];
            const int32_t x = column + step->offsets[2];
            const int32_t place = (y * step->output.columns + x) * step->output.channels + step->offsets[0];
            for (channel = 0; channel < step->input.channels; ++channel) {
                const int32_t element = read_element(step->input.type, input, read++);
                write_element(step->output.type, output, place + channel,
                              step->scale.factors
                                  ? rescale(&step->scale, &step->clamp, element - step->input_zero_point, 0)
                                  : clamp(element, step->clamp));
            }
        }
    }
}
