#include "pool.h"

/* numerator / denominator to nearest, ties to even; denominator positive. */
static int64_t round_divide(int64_t numerator, int64_t denominator) {
    int64_t quotient = numerator / denominator;
    int64_t rest = numerator % denominator;
    if (rest < 0) {
        rest += denominator;
        --quotient;
    }
    if (rest > denominator - rest || (rest == denominator - rest && (quotient & 1) != 0)) ++quotient;
    return quotient;
}

void tandem_run_average_pool(const tandem_average_pool* step, const void* input, void* output) {
    int32_t index = 0;
    int32_t row, column, channel;
    for (row = 0; row < step->output.rows; ++row) {
        const visible_window visible_rows = find_rows(&step->input, &step->window, row);
        for (column = 0; column < step->output.columns; ++column) {
            const visible_window visible = find_columns(visible_rows, &step->input, &step->window, column);
            const int32_t count = step->counts_padding ? step->window.kernel[0] * step->window.kernel[1]
                                                       : visible.rows * visible.columns;
            for (channel = 0; channel < step->output.channels; ++channel) {
                const pooled window = pool(&step->input, &visible, input, channel);
                const int64_t mean =
                    round_divide(scale_up(window.sum, step->sum_shift), scale_up(count, step->count_shift));
                write_element(step->output.type, output, index, clamp(mean, step->clamp));
                ++index;
            }
        }
    }
}
