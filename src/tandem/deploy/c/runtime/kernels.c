#include "kernels.h"

/* Negative numbers shift right arithmetically: so do all compilers we know of, and this one. */
typedef char right_shifts_are_arithmetic[((-3) >> 1) == -2 ? 1 : -1];

/* The most 8-bit weights times 16-bit inputs that 32 bits can sum: 256 * 2^7 * 2^15 = 2^30. */
enum { CHUNK = 256 };

int32_t tandem_read(tandem_type type, const void* elements, int32_t index) {
    switch (type) {
    case TANDEM_INT8: return ((const int8_t*)elements)[index];
    case TANDEM_UINT8: return ((const uint8_t*)elements)[index];
    case TANDEM_INT16: return ((const int16_t*)elements)[index];
    case TANDEM_UINT16: return ((const uint16_t*)elements)[index];
    }
    return 0;
}

void tandem_write(tandem_type type, void* elements, int32_t index, int32_t value) {
    switch (type) {
    case TANDEM_INT8: ((int8_t*)elements)[index] = (int8_t)value; break;
    case TANDEM_UINT8: ((uint8_t*)elements)[index] = (uint8_t)value; break;
    case TANDEM_INT16: ((int16_t*)elements)[index] = (int16_t)value; break;
    case TANDEM_UINT16: ((uint16_t*)elements)[index] = (uint16_t)value; break;
    }
}

static int64_t scale_up(int64_t value, int32_t shift) { return value * ((int64_t)1 << shift); }

/* value * 2^-shift to nearest, ties to even. Values stay within 2^62. */
static int64_t round_shift(int64_t value, int32_t shift) {
    if (shift <= 0) return scale_up(value, -shift);
    if (shift > 62) return 0;
    /* Half of the divisor, less a bit when the quotient is even: a tie then falls to even. */
    return (value + (((int64_t)1 << (shift - 1)) - 1) + ((value >> shift) & 1)) >> shift;
}

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

static int32_t clamp(int64_t value, tandem_range range) {
    if (value < range.minimum) return range.minimum;
    if (value > range.maximum) return range.maximum;
    return (int32_t)value;
}

int32_t tandem_quantize(float value, double scale, tandem_range range) {
    double scaled;
    int32_t floor;
    if (value != value) return 0;
    scaled = (double)value * scale;
    if (scaled <= range.minimum) return range.minimum;
    if (scaled >= range.maximum) return range.maximum;
    floor = (int32_t)scaled;
    if (floor > scaled) --floor;
    if (scaled - floor > 0.5 || (!(scaled - floor < 0.5) && (floor & 1) != 0)) ++floor;
    return floor;
}

static int32_t elements_of(const tandem_tensor* tensor) {
    return tensor->rows * tensor->columns * tensor->channels;
}

/* The input's row (axis 0) or column (axis 1) under a filter element, maybe outside. */
static int32_t position(const tandem_window* window, int32_t axis, int32_t output, int32_t filter) {
    return output * window->strides[axis] - window->pads_begin[axis] + filter * window->dilations[axis];
}

static int is_inside(const tandem_tensor* tensor, int32_t row, int32_t column) {
    return row >= 0 && row < tensor->rows && column >= 0 && column < tensor->columns;
}

/* Copies neighbouring inputs into the patch, as the multipliers want them. */
static void read_inputs(const tandem_layer* step, const void* input, int32_t first, int32_t count,
                        int16_t* patch) {
    int32_t i;
    if (step->requantizes_input) {
        for (i = 0; i < count; ++i) {
            const int32_t element = tandem_read(step->input.type, input, first + i);
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
static void read_patch(const tandem_layer* step, const void* input, int32_t row, int32_t column,
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
                for (i = 0; i < channels; ++i) patch[i] = (int16_t)-step->input_offset;
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
static int64_t accumulate(const tandem_layer* step, const int16_t* patch, int32_t channel, int32_t count) {
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

void tandem_run_layer(const tandem_layer* step, const void* input, const void* residual, void* output,
                      int16_t* patch) {
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
                    if (residual) {
                        sum = scale_up(sum, step->sum_alignment) +
                              scale_up(tandem_read(step->residual_type, residual, index),
                                       step->residual_alignment);
                    }
                    tandem_write(step->output.type, output, index,
                                 clamp(round_shift(sum, step->output_shift), step->clamp));
                    ++index;
                }
            }
        }
    }
}

void tandem_run_add(const tandem_add* step, const void* left, const void* right, void* output) {
    int32_t i;
    for (i = 0; i < elements_of(&step->output); ++i) {
        const int64_t sum = scale_up(tandem_read(step->left_type, left, i), step->left_alignment) +
                            scale_up(tandem_read(step->right_type, right, i), step->right_alignment);
        tandem_write(step->output.type, output, i, clamp(round_shift(sum, step->output_shift), step->clamp));
    }
}

/* What a pooling window holds of one channel, padding left out. */
typedef struct {
    int32_t count;
    int64_t sum;
    int32_t maximum;
} pooled;

static pooled pool(const tandem_tensor* input, const tandem_window* window, const void* elements, int32_t row,
                   int32_t column, int32_t channel) {
    pooled result = {0, 0, INT32_MIN};
    int32_t fy, fx;
    for (fy = 0; fy < window->kernel[0]; ++fy) {
        for (fx = 0; fx < window->kernel[1]; ++fx) {
            const int32_t y = position(window, 0, row, fy);
            const int32_t x = position(window, 1, column, fx);
            if (is_inside(input, y, x)) {
                const int32_t element =
                    tandem_read(input->type, elements, (y * input->columns + x) * input->channels + channel);
                ++result.count;
                result.sum += element;
                if (element > result.maximum) result.maximum = element;
            }
        }
    }
    return result;
}

void tandem_run_max_pool(const tandem_max_pool* step, const void* input, void* output) {
    int32_t index = 0;
    int32_t row, column, channel;
    for (row = 0; row < step->output.rows; ++row) {
        for (column = 0; column < step->output.columns; ++column) {
            for (channel = 0; channel < step->output.channels; ++channel) {
                const pooled window = pool(&step->input, &step->window, input, row, column, channel);
                tandem_write(step->output.type, output, index,
                             clamp(round_shift(window.maximum, step->output_shift), step->clamp));
                ++index;
            }
        }
    }
}

void tandem_run_average_pool(const tandem_average_pool* step, const void* input, void* output) {
    int32_t index = 0;
    int32_t row, column, channel;
    for (row = 0; row < step->output.rows; ++row) {
        for (column = 0; column < step->output.columns; ++column) {
            for (channel = 0; channel < step->output.channels; ++channel) {
                const pooled window = pool(&step->input, &step->window, input, row, column, channel);
                const int32_t count =
                    step->counts_padding ? step->window.kernel[0] * step->window.kernel[1] : window.count;
                const int64_t mean =
                    round_divide(scale_up(window.sum, step->sum_shift), scale_up(count, step->count_shift));
                tandem_write(step->output.type, output, index, clamp(mean, step->clamp));
                ++index;
            }
        }
    }
}

void tandem_run_requantize(const tandem_requantize* step, const void* input, void* output) {
    int32_t i;
    for (i = 0; i < elements_of(&step->output); ++i) {
        const int32_t element = tandem_read(step->input_type, input, i);
        tandem_write(step->output.type, output, i,
                     clamp(round_shift(element, step->output_shift), step->clamp));
    }
}

void tandem_run_flatten(const tandem_flatten* step, const void* input, void* output) {
    const int32_t pixels = step->input.rows * step->input.columns;
    int32_t pixel, channel;
    for (pixel = 0; pixel < pixels; ++pixel) {
        for (channel = 0; channel < step->input.channels; ++channel) {
            tandem_write(step->input.type, output, channel * pixels + pixel,
                         tandem_read(step->input.type, input, pixel * step->input.channels + channel));
        }
    }
}
