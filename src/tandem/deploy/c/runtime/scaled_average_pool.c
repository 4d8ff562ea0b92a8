#include "pool.h"
#include "scales.h"

static int64_t divide_half_away(int64_t numerator, int32_t denominator) {
    const int64_t half = denominator / 2;
    return numerator < 0 ? -((half - numerator) / denominator) : (numerator + half) / denominator;
}

/* The output's integer for the sum of a window's stored integers. */
static int64_t mean_of(const tandem_scaled_average_pool* step, int64_t stored, int32_t visible,
                       int32_t count) {
    const int64_t sum = stored - (int64_t)visible * step->input_zero_point;
    if (!step->is_scaled) {
        return divide_half_away(sum + (int64_t)count * step->input_zero_point, count);
    }
#ifdef TANDEM_HAS_FACTORS
    {
        const float mean = (float)sum / (float)count;
        const float scaled = mean * step->factor;
        return round_float(scaled) + step->zero_point;
    }
#else
    return divide_half_away(rescale_by(step->factor, sum), count) + step->zero_point;
#endif
}

void tandem_run_scaled_average_pool(const tandem_scaled_average_pool* step, const void* input, void* output) {
    int32_t index = 0;
    int32_t row, column, channel;
    for (row = 0; row < step->output.rows; ++row) {
        const visible_window visible_rows = find_rows(&step->input, &step->window, row);
        for (column = 0; column < step->output.columns; ++column) {
            const visible_window visible = find_columns(visible_rows, &step->input, &step->window, column);
            const int32_t elements = visible.rows * visible.columns;
            const int32_t count =
                step->counts_padding ? step->window.kernel[0] * step->window.kernel[1] : elements;
            for (channel = 0; channel < step->output.channels; ++channel) {
                const pooled window = pool(&step->input, &visible, input, channel);
                write_element(step->output.type, output, index,
                              clamp(mean_of(step, window.sum, elements, count), step->clamp));
                ++index;
            }
        }
    }
}
