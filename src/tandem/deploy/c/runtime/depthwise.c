#include "kernel_support.h"
#include "scales.h"

enum { DEPTHWISE_CHANNELS = 4 };

/* Whether places at the border can be summed over the elements inside alone: where padding adds nothing. */
#ifdef TANDEM_HAS_SCALES
static inline int is_summed_inside(const tandem_depthwise* step, const visible_window* visible) {
    return step->padding == 0 ||
           (visible->rows == step->window.kernel[0] && visible->columns == step->window.kernel[1]);
}
#else
#define is_summed_inside(step, visible) 1
#endif

#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP

typedef uint32_t __attribute__((may_alias, aligned(1))) depthwise_word;

#define PAIR_OF(instruction, word, rotation)                                                                 \
    __extension__({                                                                                          \
        uint32_t pair;                                                                                       \
        __asm__(instruction " %0, %1" rotation : "=r"(pair) : "r"(word));                                    \
        pair;                                                                                                \
    })
#define MULTIPLY_HALVES(instruction, sum, inputs, weights)                                                   \
    __asm__(instruction " %0, %1, %2, %0" : "+r"(sum) : "r"(inputs), "r"(weights))

/* All channels of a place, four at a time, as bytes: a word of inputs and a word of weights for each filter
   element. */
static inline __attribute__((always_inline)) void run_words(const tandem_depthwise* step,
                                                            const uint8_t* inputs,
                                                            const visible_window* visible, uint8_t* output,
                                                            int input_is_signed, int output_is_signed) {
#ifndef TANDEM_HAS_SCALES
    const rounding by = make_rounding(step->output_shift, step->clamp);
#endif
    const int32_t channels = step->input.channels;
    const int32_t next_column = visible->next_column;
    const int32_t next_row = visible->next_row - visible->columns * next_column;
    const int32_t next_weight_row = (step->window.kernel[1] - visible->columns) * channels;
    const int8_t* weights = step->weights + visible->first_weight;
    const int32_t* bias = step->bias;
    const uint8_t* const end = output + channels;
    inputs += visible->first_input;
    for (; output != end; output += 4, bias += 4, inputs += 4, weights += 4) {
        int32_t sum_0 = bias[0], sum_1 = bias[1], sum_2 = bias[2], sum_3 = bias[3];
        const uint8_t* next_input = inputs;
        const int8_t* next_weight = weights;
        int32_t row = visible->rows;
        do {
            int32_t column = visible->columns;
            do {
                const uint32_t input = *(const depthwise_word*)next_input;
                const uint32_t weight = *(const depthwise_word*)next_weight;
                const uint32_t even_inputs =
                    input_is_signed ? PAIR_OF("sxtb16", input, "") : PAIR_OF("uxtb16", input, "");
                const uint32_t even_weights = PAIR_OF("sxtb16", weight, "");
                const uint32_t odd_inputs = input_is_signed ? PAIR_OF("sxtb16", input, ", ror #8")
                                                            : PAIR_OF("uxtb16", input, ", ror #8");
                const uint32_t odd_weights = PAIR_OF("sxtb16", weight, ", ror #8");
                MULTIPLY_HALVES("smlabb", sum_0, even_inputs, even_weights);
                MULTIPLY_HALVES("smlatt", sum_2, even_inputs, even_weights);
                MULTIPLY_HALVES("smlabb", sum_1, odd_inputs, odd_weights);
                MULTIPLY_HALVES("smlatt", sum_3, odd_inputs, odd_weights);
                next_input += next_column;
                next_weight += channels;
            } while (--column != 0);
            next_input += next_row;
            next_weight += next_weight_row;
        } while (--row != 0);
#ifdef TANDEM_HAS_SCALES
        {
            const int32_t channel = channels - (int32_t)(end - output);
            output[0] = (uint8_t)rescale(&step->scale, &step->clamp, sum_0, channel);
            output[1] = (uint8_t)rescale(&step->scale, &step->clamp, sum_1, channel + 1);
            output[2] = (uint8_t)rescale(&step->scale, &step->clamp, sum_2, channel + 2);
            output[3] = (uint8_t)rescale(&step->scale, &step->clamp, sum_3, channel + 3);
            (void)output_is_signed;
        }
#else
        output[0] = round_plain(sum_0, by.half, by.shift, output_is_signed);
        output[1] = round_plain(sum_1, by.half, by.shift, output_is_signed);
        output[2] = round_plain(sum_2, by.half, by.shift, output_is_signed);
        output[3] = round_plain(sum_3, by.half, by.shift, output_is_signed);
#endif
    }
}

static int takes_words(const tandem_depthwise* step) {
#ifdef TANDEM_HAS_SCALES
    return step->input.type <= TANDEM_UINT8 && step->input.channels % DEPTHWISE_CHANNELS == 0 &&
           step->output.type <= TANDEM_UINT8;
#else
    return step->input.type <= TANDEM_UINT8 && step->input.channels % DEPTHWISE_CHANNELS == 0 &&
           is_plain(make_rounding(step->output_shift, step->clamp), step->output.type);
#endif
}

static void run_place(const tandem_depthwise* step, const uint8_t* input, const visible_window* visible,
                      uint8_t* output) {
    const int input_is_signed = step->input.type == TANDEM_INT8;
    if (step->output.type == TANDEM_INT8) {
        if (input_is_signed) {
            run_words(step, input, visible, output, 1, 1);
        } else {
            run_words(step, input, visible, output, 0, 1);
        }
    } else if (input_is_signed) {
        run_words(step, input, visible, output, 1, 0);
    } else {
        run_words(step, input, visible, output, 0, 0);
    }
}

/* Four bytes at a time; how many are done. */
static int32_t copy_words(const uint8_t* from, uint8_t* to, int32_t bytes) {
    const uint8_t* const end = from + (bytes & ~3);
    for (; from != end; from += 4, to += 4) *(depthwise_word*)to = *(const depthwise_word*)from;
    return bytes & ~3;
}

#else

static int takes_words(const tandem_depthwise* step) {
    (void)step;
    return 0;
}

static void run_place(const tandem_depthwise* step, const uint8_t* input, const visible_window* visible,
                      uint8_t* output) {
    (void)step, (void)input, (void)visible, (void)output;
}

static int32_t copy_words(const uint8_t* from, uint8_t* to, int32_t bytes) {
    (void)from, (void)to, (void)bytes;
    return 0;
}

#endif

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
static void sum_window(const tandem_depthwise* step, const void* input, const visible_window* visible,
                       int32_t channel, int32_t count, int32_t* sums) {
    const int32_t channels = step->input.channels;
    int32_t row, column;
    for (row = 0; row < visible->rows; ++row) {
        for (column = 0; column < visible->columns; ++column) {
            const int32_t first =
                visible->first_input + row * visible->next_row + column * visible->next_column + channel;
            const int32_t weight =
                visible->first_weight + (row * step->window.kernel[1] + column) * channels + channel;
            multiply_channels(step->input.type, input, first, step->weights + weight, count, sums);
        }
    }
}

#ifdef TANDEM_HAS_SCALES
/* Adds the products of the padding, where its integer is not 0. */
static void sum_padding(const tandem_depthwise* step, const visible_window* visible, int32_t channel,
                        int32_t count, int32_t* sums) {
    const int32_t channels = step->input.channels;
    const int32_t first = visible->first_weight / channels;
    const int32_t first_row = first / step->window.kernel[1];
    const int32_t first_column = first % step->window.kernel[1];
    int32_t fy, fx, i;
    if (is_summed_inside(step, visible)) return;
    for (fy = 0; fy < step->window.kernel[0]; ++fy) {
        for (fx = 0; fx < step->window.kernel[1]; ++fx) {
            const int8_t* weights = step->weights + (fy * step->window.kernel[1] + fx) * channels + channel;
            if (fy >= first_row && fy < first_row + visible->rows && fx >= first_column &&
                fx < first_column + visible->columns) {
                continue;
            }
            for (i = 0; i < count; ++i) sums[i] += step->padding * weights[i];
        }
    }
}
#endif

static void move_row(const uint8_t* from, uint8_t* to, int32_t bytes) {
    int32_t i = copy_words(from, to, bytes);
    for (; i < bytes; ++i) to[i] = from[i];
}

void tandem_run_depthwise(const tandem_depthwise* step, const void* input, void* output, void* rows) {
#ifndef TANDEM_HAS_SCALES
    const rounding by = make_rounding(step->output_shift, step->clamp);
#endif
    const int32_t channels = step->output.channels;
    const int32_t row_bytes = step->output.columns * channels * (step->output.type > TANDEM_UINT8 ? 2 : 1);
    const int is_in_words = takes_words(step);
    uint8_t* const end = (uint8_t*)output + step->output.rows * row_bytes;
    uint8_t* to = output;
    int32_t kept = 0; /* the place of the row in the buffer */
    int32_t row, column, channel, i;
    for (row = 0; row < step->output.rows; ++row) {
        uint8_t* const place = rows ? (uint8_t*)rows + kept * row_bytes : to;
        const visible_window visible_rows = find_rows(&step->input, &step->window, row);
        int32_t index = 0;
        for (column = 0; column < step->output.columns; ++column) {
            const visible_window visible = find_columns(visible_rows, &step->input, &step->window, column);
            if (is_in_words && visible.rows > 0 && visible.columns > 0 && is_summed_inside(step, &visible)) {
                run_place(step, input, &visible, place + index);
                index += channels;
                continue;
            }
            for (channel = 0; channel < channels; channel += DEPTHWISE_CHANNELS) {
                const int32_t left = channels - channel;
                const int32_t count = left < DEPTHWISE_CHANNELS ? left : DEPTHWISE_CHANNELS;
                int32_t sums[DEPTHWISE_CHANNELS];
                for (i = 0; i < count; ++i) sums[i] = step->bias[channel + i];
                sum_window(step, input, &visible, channel, count, sums);
#ifdef TANDEM_HAS_SCALES
                sum_padding(step, &visible, channel, count, sums);
#endif
                for (i = 0; i < count; ++i) {
#ifdef TANDEM_HAS_SCALES
                    write_element(step->output.type, place, index++,
                                  rescale(&step->scale, &step->clamp, sums[i], channel + i));
#else
                    write_element(step->output.type, place, index++, round_narrow(sums[i], by));
#endif
                }
            }
        }
        kept = kept == step->kept_rows ? 0 : kept + 1;
        if (!rows) {
            to += row_bytes;
        } else if (row >= step->kept_rows) { /* the oldest is where the next one will be */
            move_row((uint8_t*)rows + kept * row_bytes, to, row_bytes);
            to += row_bytes;
        }
    }
    for (; to != end; to += row_bytes) {
        kept = kept == step->kept_rows ? 0 : kept + 1;
        move_row((uint8_t*)rows + kept * row_bytes, to, row_bytes);
    }
}
