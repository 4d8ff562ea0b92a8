#include "kernel_support.h"
#include "scales.h"

/* The most 8-bit weights times 16-bit inputs that 32 bits can sum: 256 * 2^7 * 2^15 = 2^30. */
enum { CHUNK = 256 };

/* Copies neighbouring inputs into the patch, as the multipliers want them. */
static void read_inputs(const tandem_wide_layer* step, const void* input, int32_t first, int32_t count,
                        int16_t* patch) {
    int32_t i;
    if (step->requantizes_input) {
        for (i = 0; i < count; ++i) {
            const int32_t element = read_element(step->input.type, input, first + i);
            patch[i] = (int16_t)(clamp(round_shift(element, step->input_shift), step->input_range) -
                                 step->input_offset);
        }
        return;
    }
    switch (step->input.type) {
    case TANDEM_INT8: {
        const int8_t* elements = (const int8_t*)input + first;
        for (i = 0; i < count; ++i) patch[i] = elements[i];
        break;
    }
    case TANDEM_UINT8: {
        const uint8_t* elements = (const uint8_t*)input + first;
        for (i = 0; i < count; ++i) patch[i] = elements[i];
        break;
    }
    case TANDEM_INT16: {
        const int16_t* elements = (const int16_t*)input + first;
        for (i = 0; i < count; ++i) patch[i] = elements[i];
        break;
    }
    case TANDEM_UINT16: {
        const uint16_t* elements = (const uint16_t*)input + first;
        for (i = 0; i < count; ++i) patch[i] = (int16_t)(elements[i] - step->input_offset);
        break;
    }
    }
}

/* The window under one output position, one group's channels of it; padding is zero. */
static void read_patch(const tandem_wide_layer* step, const void* input, int32_t row, int32_t column,
                       int32_t group, int16_t* patch) {
    const int32_t channels = step->input.channels / step->groups;
    int32_t fy, fx, i;
    for (fy = 0; fy < step->window.kernel[0]; ++fy) {
        for (fx = 0; fx < step->window.kernel[1]; ++fx) {
            const int32_t y = position(&step->window, 0, row, fy);
            const int32_t x = position(&step->window, 1, column, fx);
            if (is_inside(&step->input, y, x)) {
                read_inputs(step, input,
                            (y * step->input.columns + x) * step->input.channels + group * channels, channels,
                            patch);
            } else {
                for (i = 0; i < channels; ++i) patch[i] = (int16_t)PADDING_OF(step);
            }
            patch += channels;
        }
    }
}

static int32_t dot_8(const int16_t* patch, const int8_t* weights, int32_t count) {
    int32_t sum = 0;
    int32_t i;
    for (i = 0; i < count; ++i) sum += patch[i] * weights[i];
    return sum;
}

static int32_t dot_16(const int16_t* patch, const int16_t* weights, int32_t count) {
    int32_t sum = 0;
    int32_t i;
    for (i = 0; i < count; ++i) sum += patch[i] * weights[i];
    return sum;
}

static int64_t long_dot_8(const int16_t* patch, const int8_t* weights, int32_t count) {
    int64_t sum = 0;
    for (; count > CHUNK; count -= CHUNK) {
        sum += dot_8(patch, weights, CHUNK);
        patch += CHUNK;
        weights += CHUNK;
    }
    return sum + dot_8(patch, weights, count);
}

static int64_t long_dot_16(const int16_t* patch, const int16_t* weights, int32_t count) {
    int64_t sum = 0;
    int32_t i;
    for (i = 0; i < count; ++i) sum += patch[i] * weights[i];
    return sum;
}

/* The bias of an output channel and the weighted sum of the patch. */
static int64_t accumulate(const tandem_wide_layer* step, const int16_t* patch, int32_t channel,
                          int32_t count) {
    const int64_t bias = step->bias_32 ? step->bias_32[channel] : step->bias_64[channel];
    if (step->weights_8) {
        const int8_t* weights = step->weights_8 + channel * count;
        return bias +
               (step->sum_bits == 32 ? dot_8(patch, weights, count) : long_dot_8(patch, weights, count));
    } else {
        const int16_t* weights = step->weights_16 + channel * count;
        return bias +
               (step->sum_bits == 32 ? dot_16(patch, weights, count) : long_dot_16(patch, weights, count));
    }
}

void tandem_run_wide_layer(const tandem_wide_layer* step, const void* input, const void* residual,
                           void* output, int16_t* patch) {
    const int32_t group_inputs = step->input.channels / step->groups;
    const int32_t group_outputs = step->output.channels / step->groups;
    const int32_t count = step->window.kernel[0] * step->window.kernel[1] * group_inputs;
    int32_t index = 0;
    int32_t row, column, group, channel;
    for (row = 0; row < step->output.rows; ++row) {
        for (column = 0; column < step->output.columns; ++column) {
            for (group = 0; group < step->groups; ++group) {
                read_patch(step, input, row, column, group, patch);
                for (channel = group * group_outputs; channel < (group + 1) * group_outputs; ++channel) {
                    int64_t sum = accumulate(step, patch, channel, count);
#ifdef TANDEM_HAS_SCALES
                    write_element(step->output.type, output, index,
                                  rescale(&step->scale, &step->clamp, (tandem_sum)sum, channel));
                    (void)residual;
#else
                    if (residual) {
                        sum = scale_up(sum, step->sum_alignment) +
                              scale_up(read_element(step->residual_type, residual, index),
                                       step->residual_alignment);
                    }
                    write_element(step->output.type, output, index,
                                  clamp(round_shift(sum, step->output_shift), step->clamp));
#endif
                    ++index;
                }
            }
        }
    }
}
