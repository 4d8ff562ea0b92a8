#include "pool.h"

void tandem_run_max_pool(const tandem_max_pool* step, const void* input, void* output) {
    int32_t index = 0;
    int32_t row, column, channel;
    for (row = 0; row < step->output.rows; ++row) {
        for (column = 0; column < step->output.columns; ++column) {
            for (channel = 0; channel < step->output.channels; ++channel) {
                const pooled window = pool(&step->input, &step->window, input, row, column, channel);
                write_element(step->output.type, output, index,
                              clamp(round_shift(window.maximum, step->output_shift), step->clamp));
                ++index;
            }
        }
    }
}
