#include "kernel_support.h"

void tandem_run_select(const tandem_select* step, const void* input, void* output) {
    int32_t written = 0;
    int32_t row, column, channel;
    for (row = 0; row < step->output.rows; ++row) {
        const int32_t y = step->offsets[1] + step->strides[1] * row;
        for (column = 0; column < step->output.columns; ++column) {
            const int32_t x = step->offsets[2] + step->strides[2] * column;
            const int32_t is_inside = y >= 0 && y < step->input.rows && x >= 0 && x < step->input.columns;
            for (channel = 0; channel < step->output.channels; ++channel) {
                const int32_t c = step->offsets[0] + step->strides[0] * channel;
                int32_t element = step->fill;
                if (is_inside && c >= 0 && c < step->input.channels) {
                    element = read_element(step->input.type, input,
                                           (y * step->input.columns + x) * step->input.channels + c);
                }
                write_element(step->output.type, output, written++, element);
            }
        }
    }
}
