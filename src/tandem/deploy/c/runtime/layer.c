#include "byte_patch.h"
#include "kernel_support.h"
#include "quads.h"
#include "scales.h"

/* One function for each width, so that all it works on stays in registers: fourteen of them, which GCC's
   scheduling before their allocation would spill. */
#if defined(__clang__)
#define OWN_FUNCTION __attribute__((noinline))
#elif defined(__GNUC__)
#define OWN_FUNCTION __attribute__((noinline, optimize("no-schedule-insns", "no-unroll-loops")))
#else
#define OWN_FUNCTION
#endif
#define DEFINE_MULTIPLY(bits)                                                                                \
    static OWN_FUNCTION void multiply_##bits(const uint8_t* upper, const uint8_t* lower,                     \
                                             const int16_t* inputs, int32_t elements, block_sums* sums) {    \
        multiply(upper, lower, inputs, elements, bits, sums);                                                \
    }
#ifdef TANDEM_HAS_WEIGHTS_8
DEFINE_MULTIPLY(8)
#endif
#ifdef TANDEM_HAS_WEIGHTS_4
DEFINE_MULTIPLY(4)
#endif
#ifdef TANDEM_HAS_WEIGHTS_2
DEFINE_MULTIPLY(2)
#endif

static void multiply_rows(int32_t bits, const uint8_t* upper, const uint8_t* lower, const int16_t* inputs,
                          int32_t elements, block_sums* sums) {
    switch (bits) {
#ifdef TANDEM_HAS_WEIGHTS_8
    case 8: multiply_8(upper, lower, inputs, elements, sums); break;
#endif
#ifdef TANDEM_HAS_WEIGHTS_4
    case 4: multiply_4(upper, lower, inputs, elements, sums); break;
#endif
#ifdef TANDEM_HAS_WEIGHTS_2
    case 2: multiply_2(upper, lower, inputs, elements, sums); break;
#endif
    default: break;
    }
}

/* The window beside the left one. */
static inline int16_t* right_of(const tandem_layer* step, int16_t* patch) {
    return has_byte_patch(step) ? (int16_t*)(void*)((int8_t*)patch + step->row_elements) : patch + RIGHT;
}

static int32_t read_rounded(const tandem_layer* step, const void* input, int32_t index) {
    const int32_t element = read_element(step->input.type, input, index);
    if (!step->requantizes_input) return element;
    return clamp(round_shift(element, step->input_shift), step->input_range);
}

/* Copies neighbouring inputs into a window of the patch, from its element `place` on. */
static void copy_inputs(const tandem_layer* step, const void* input, int32_t first, int32_t count,
                        int16_t* window, int32_t place) {
    const int32_t offset = step->input_offset;
    int32_t i;
    if (has_byte_patch(step)) {
        int8_t* const bytes = (int8_t*)window + place;
        if (!step->requantizes_input) {
            copy_bytes((const uint8_t*)input + first, count, offset, bytes);
            return;
        }
        for (i = 0; i < count; ++i) bytes[i] = (int8_t)(read_rounded(step, input, first + i) - offset);
    } else if (copies_quads(step)) {
        copy_quads(step, (const uint8_t*)input + first, count, window + place_of(place));
    } else if (step->requantizes_input) {
        for (i = 0; i < count; ++i) {
            window[place_of(place + i)] = (int16_t)(read_rounded(step, input, first + i) - offset);
        }
    } else if (step->input.type == TANDEM_INT8) {
        const int8_t* elements = (const int8_t*)input + first;
        for (i = 0; i < count; ++i) window[place_of(place + i)] = elements[i];
    } else if (step->input.type == TANDEM_UINT8) {
        const uint8_t* elements = (const uint8_t*)input + first;
        for (i = 0; i < count; ++i) window[place_of(place + i)] = (int16_t)(elements[i] - offset);
    } else { /* unsigned ones fit 15 bits */
        const int16_t* elements = (const int16_t*)input + first;
        for (i = 0; i < count; ++i) window[place_of(place + i)] = elements[i];
    }
}

/* As inputs of zero. */
static void clear(const tandem_layer* step, int16_t* window, int32_t place, int32_t count) {
    int32_t i;
    if (has_byte_patch(step)) {
        fill_bytes((int8_t*)window + place, count, PADDING_OF(step));
        return;
    }
    for (i = 0; i < count; ++i) window[place_of(place + i)] = (int16_t)PADDING_OF(step);
}

/* The window under one output position; padding is zero, and so is what fills the row up. */
static void read_window(const tandem_layer* step, const void* input, int32_t row, int32_t column,
                        int16_t* to) {
    /* Copies, which nothing that is stored can change. */
    const tandem_window window = step->window;
    const int32_t rows = step->input.rows;
    const int32_t columns = step->input.columns;
    const int32_t channels = step->input.channels;
    const int32_t run = window.dilations[1] == 1 ? window.kernel[1] : 1;
    int32_t y = position(&window, 0, row, 0);
    int32_t place = 0;
    int32_t fy, fx;
    for (fy = 0; fy < window.kernel[0]; ++fy, y += window.dilations[0]) {
        int32_t x = position(&window, 1, column, 0);
        for (fx = 0; fx < window.kernel[1]; fx += run, x += run * window.dilations[1]) {
            /* Of the run's columns, those before the input, inside it and behind it. */
            int32_t before = x < 0 ? -x : 0;
            int32_t behind = x + run - columns;
            if (before > run) before = run;
            if (behind < 0) behind = 0;
            if (behind > run) behind = run;
            if (y < 0 || y >= rows || before + behind >= run) {
                clear(step, to, place, run * channels);
            } else {
                const int32_t inside = run - before - behind;
                if (before > 0) clear(step, to, place, before * channels);
                copy_inputs(step, input, (y * columns + x + before) * channels, inside * channels, to,
                            place + before * channels);
                if (behind > 0) clear(step, to, place + (run - behind) * channels, behind * channels);
            }
            place += run * channels;
        }
    }
    clear(step, to, place, step->row_elements - place);
}

/* What turns a sum into an output, gathered once a layer. */
typedef struct {
    rounding by;
    void* output;
    int is_wide; /* outputs take 16 bits */
    int is_plain;
    const void* residual;
    tandem_type residual_type;
    int32_t sum_factor;
    int32_t residual_factor;
    int32_t sign_bit; /* of a residual of one byte */
#ifdef TANDEM_HAS_SCALES
    int32_t sum_shift;
    tandem_scale scale;
#endif
} finisher;

static finisher make_finisher(const tandem_layer* step, const void* residual, void* output) {
    finisher to;
    to.by = make_rounding(step->output_shift, step->clamp);
    to.output = output;
    to.is_wide = step->output.type > TANDEM_UINT8;
    to.is_plain = is_plain(to.by, step->output.type);
    to.residual = residual;
    to.residual_type = step->residual_type;
    to.sum_factor = (int32_t)1 << step->sum_alignment;
    to.residual_factor = (int32_t)1 << step->residual_alignment;
    to.sign_bit = sign_bit_of(step->residual_type);
#ifdef TANDEM_HAS_SCALES
    to.is_plain = 0;
    to.sum_shift = step->sum_shift;
    to.scale = step->scale;
#endif
    return to;
}

static inline int32_t add_residual(const finisher* to, int32_t index, int32_t sum) {
    int32_t residual;
    if (to->residual_type > TANDEM_UINT8) {
        residual = read_element(to->residual_type, to->residual, index);
    } else {
        residual = read_byte(to->residual, to->sign_bit, index);
    }
    return sum * to->sum_factor + residual * to->residual_factor;
}

/* A call names the channel, which only scales ask for. */
#ifdef TANDEM_HAS_SCALES
#define OF_CHANNEL(channel) , channel
#else
#define OF_CHANNEL(channel)
#endif

static inline void finish(const finisher* to, int32_t index OF_CHANNEL(int32_t channel), int32_t sum) {
#ifdef TANDEM_HAS_SCALES
    sum = rescale(&to->scale, &to->by.range, sum >> to->sum_shift, channel);
#else
    if (to->residual) sum = add_residual(to, index, sum);
    sum = round_narrow(sum, to->by);
#endif
    if (to->is_wide) {
        ((uint16_t*)to->output)[index] = (uint16_t)sum;
    } else {
        ((uint8_t*)to->output)[index] = (uint8_t)sum;
    }
}

/* All four sums of a block as bytes. */
static inline __attribute__((always_inline)) void finish_plain(const block_sums* sums, const rounding* by,
                                                               uint8_t* left, uint8_t* right, int is_signed) {
    const int32_t half = by->half;
    const int32_t shift = by->shift;
    left[0] = round_plain(sums->upper_left, half, shift, is_signed);
    left[1] = round_plain(sums->lower_left, half, shift, is_signed);
    right[0] = round_plain(sums->upper_right, half, shift, is_signed);
    right[1] = round_plain(sums->lower_right, half, shift, is_signed);
}

/* The two windows of the patch with all output channels, two at a time; or the left one alone. */
static void run_block(const tandem_layer* step, const finisher* to, const int16_t* patch, int32_t first,
                      int has_right) {
    /* Nothing that is stored can change a copy: it stays in registers. */
    const finisher own = *to;
    const int32_t channels = step->output.channels;
    const int32_t elements = step->row_elements;
    const int32_t bits = step->weight_bits;
    const int32_t row_bytes = elements * bits / 8;
    const int is_in_bytes = has_byte_patch(step);
    const int32_t* bias = step->bias;
    const uint8_t* weights = step->weights;
    int32_t index = first;
    const int32_t end = first + channels;
    for (; index < end; index += 2, bias += 2, weights += 2 * row_bytes) {
        const int has_lower = index + 1 < end;
        const uint8_t* const lower = has_lower ? weights + row_bytes : weights;
        block_sums sums;
        sums.upper_left = sums.upper_right = bias[0];
        sums.lower_left = sums.lower_right = has_lower ? bias[1] : 0;
        if (is_in_bytes) {
            const int8_t* const left = (const int8_t*)patch;
            sums = multiply_bytes(weights, lower, left, left + elements, elements, sums);
        } else { /* by a copy: nobody else knows the address of `sums`, which can be registers */
            block_sums found = sums;
            multiply_rows(bits, weights, lower, patch, elements, &found);
            sums = found;
        }
        if (own.is_plain && has_lower && has_right) {
            uint8_t* const left = (uint8_t*)own.output + index;
            if (own.residual) {
                sums.upper_left = add_residual(&own, index, sums.upper_left);
                sums.lower_left = add_residual(&own, index + 1, sums.lower_left);
                sums.upper_right = add_residual(&own, index + channels, sums.upper_right);
                sums.lower_right = add_residual(&own, index + channels + 1, sums.lower_right);
            }
            if (step->output.type == TANDEM_INT8) {
                finish_plain(&sums, &own.by, left, left + channels, 1);
            } else {
                finish_plain(&sums, &own.by, left, left + channels, 0);
            }
            continue;
        }
        finish(&own, index OF_CHANNEL(index - first), sums.upper_left);
        if (has_lower) finish(&own, index + 1 OF_CHANNEL(index + 1 - first), sums.lower_left);
        if (!has_right) continue;
        finish(&own, index + channels OF_CHANNEL(index - first), sums.upper_right);
        if (has_lower) finish(&own, index + channels + 1 OF_CHANNEL(index + 1 - first), sums.lower_right);
    }
}

void tandem_run_layer(const tandem_layer* step, const void* input, const void* residual, void* output,
                      int16_t* patch) {
    const finisher to = make_finisher(step, residual, output);
    int has_left = 0;
    int32_t index = 0;
    int32_t row, column;
    for (row = 0; row < step->output.rows; ++row) {
        for (column = 0; column < step->output.columns; ++column) {
            read_window(step, input, row, column, has_left ? right_of(step, patch) : patch);
            if (has_left) {
                run_block(step, &to, patch, index, 1);
                index += 2 * step->output.channels;
            }
            has_left = !has_left;
        }
    }
    if (has_left) {
        clear(step, right_of(step, patch), 0, step->row_elements); /* no sum may leave its range */
        run_block(step, &to, patch, index, 0);
    }
}
