#include "kernel_support.h"

enum { DEPTHWISE_CHANNELS = 4 };

/* Adds one filter element's products to the sums of some channels. */
static void multiply_channels(tandem_type type, const void* inputs, int32_t first, const int8_t* weights,
                              int32_t count, int32_t* sums) {
    int32_t i;
    if (type == TANDEM_INT8) {
        const int8_t* elements = (const int8_t*)inputs + first;
        for (i = 0; i < count; ++i) sums[i] += elements[i] * weights[i];
    } else if (type == TANDEM_UINT8) {
        const uint8_t* elements = (const uint8_t*)inputs + first;
        for (i = 0; i < count; ++i) sums[i] += elements[i] * weights[i];
    } else {
        for (i = 0; i < count; ++i) sums[i] += read_element(type, inputs, first + i) * weights[i];
    }
}

/* The sums of some channels under one output position. */
static void sum_window(const tandem_depthwise* step, const void* input, int32_t row, int32_t column,
                       int32_t channel, int32_t count, int32_t* sums) {
    const int32_t channels = step->input.channels;
    int32_t fy, fx;
    for (fy = 0; fy < step->window.kernel[0]; ++fy) {
        const int32_t y = position(&step->window, 0, row, fy);
        if (y < 0 || y >= step->input.rows) continue;
        for (fx = 0; fx < step->window.kernel[1]; ++fx) {
            const int32_t x = position(&step->window, 1, column, fx);
            if (x < 0 || x >= step->input.columns) continue;
            multiply_channels(step->input.type, input, (y * step->input.columns + x) * channels + channel,
                              step->weights + (fy * step->window.kernel[1] + fx) * channels + channel, count,
                              sums);
        }
    }
}

void tandem_run_depthwise(const tandem_depthwise* step, const void* input, void* output) {
    const int32_t channels = step->output.channels;
    int32_t index = 0;
    int32_t row, column, channel, i;
    for (row = 0; row < step->output.rows; ++row) {
        for (column = 0; column < step->output.columns; ++column) {
            for (channel = 0; channel < channels; channel += DEPTHWISE_CHANNELS) {
                const int32_t left = channels - channel;
                const int32_t count = left < DEPTHWISE_CHANNELS ? left : DEPTHWISE_CHANNELS;
                int32_t sums[DEPTHWISE_CHANNELS];
                for (i = 0; i < count; ++i) sums[i] = step->bias[channel + i];
                sum_window(step, input, row, column, channel, count, sums);
                for (i = 0; i < count; ++i) {
                    write_element(step->output.type, output, index++,
                                  clamp_narrow(round_shift_narrow(sums[i], step->output_shift), step->clamp));
                }
            }
        }
    }
}
