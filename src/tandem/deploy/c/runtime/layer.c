#include "kernel_support.h"

#include <string.h>

/* Weights and inputs meet in quads: four weights, a byte each, and four inputs, 16 bits each. On Cortex
   cores with the DSP extension a quad of inputs lies in the order 0, 2, 1, 3: so do the bytes of a word
   come out when they are widened in pairs, and no pair must be packed. */
#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP

static inline uint32_t load_word(const void* from) {
    uint32_t word;
    memcpy(&word, from, sizeof word);
    return word;
}

static inline void store_word(void* to, uint32_t word) { memcpy(to, &word, sizeof word); }

static inline uint32_t signed_even_bytes(uint32_t word) {
    uint32_t pair;
    __asm__("sxtb16 %0, %1" : "=r"(pair) : "r"(word));
    return pair;
}

static inline uint32_t signed_odd_bytes(uint32_t word) {
    uint32_t pair;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(word));
    return pair;
}

static inline uint32_t unsigned_even_bytes(uint32_t word) { return word & 0x00FF00FFU; }
static inline uint32_t unsigned_odd_bytes(uint32_t word) { return (word >> 8) & 0x00FF00FFU; }

static inline int32_t multiply_pairs(uint32_t weights, uint32_t inputs, int32_t sum) {
    __asm__("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(weights), "r"(inputs));
    return sum;
}

/* The four bytes that hold part `part` of a word of weights. */
static inline uint32_t part_of(uint32_t word, int bits, int part) {
    if (bits == 8) return word;
    if (bits == 4) return (part == 0 ? word << 4 : word) & 0xF0F0F0F0U;
    return (word << (6 - 2 * part)) & 0xC0C0C0C0U;
}

/* Adds the products of two rows of weights with two windows. */
static inline __attribute__((always_inline)) void multiply(const uint8_t* upper, const uint8_t* lower,
                                                           const int16_t* left, const int16_t* right,
                                                           int32_t elements, int bits, int32_t sums[4]) {
    int32_t upper_left = sums[0], upper_right = sums[1], lower_left = sums[2], lower_right = sums[3];
    const uint8_t* const end = upper + elements * bits / 8;
    while (upper != end) {
        const uint32_t upper_word = load_word(upper);
        const uint32_t lower_word = load_word(lower);
        int part;
        upper += 4;
        lower += 4;
#pragma GCC unroll 4
        for (part = 0; part < 8 / bits; ++part) {
            /* Inputs are loaded one pair at a time, so that all else stays in registers. */
            const uint32_t upper_part = part_of(upper_word, bits, part);
            const uint32_t lower_part = part_of(lower_word, bits, part);
            const uint32_t upper_even = signed_even_bytes(upper_part);
            const uint32_t upper_odd = signed_odd_bytes(upper_part);
            const uint32_t lower_even = signed_even_bytes(lower_part);
            const uint32_t lower_odd = signed_odd_bytes(lower_part);
            uint32_t inputs = load_word(left);
            upper_left = multiply_pairs(upper_even, inputs, upper_left);
            lower_left = multiply_pairs(lower_even, inputs, lower_left);
            inputs = load_word(left + 2);
            upper_left = multiply_pairs(upper_odd, inputs, upper_left);
            lower_left = multiply_pairs(lower_odd, inputs, lower_left);
            inputs = load_word(right);
            upper_right = multiply_pairs(upper_even, inputs, upper_right);
            lower_right = multiply_pairs(lower_even, inputs, lower_right);
            inputs = load_word(right + 2);
            upper_right = multiply_pairs(upper_odd, inputs, upper_right);
            lower_right = multiply_pairs(lower_odd, inputs, lower_right);
            left += 4;
            right += 4;
        }
    }
    sums[0] = upper_left;
    sums[1] = upper_right;
    sums[2] = lower_left;
    sums[3] = lower_right;
}

/* Widens neighbouring 8-bit inputs, a multiple of four, straight into the order of quads. */
static void copy_quads(const tandem_layer* step, const uint8_t* inputs, int32_t count, int16_t* patch) {
    const uint8_t* const end = inputs + count;
    const int is_signed = step->input.type == TANDEM_INT8;
    for (; inputs != end; inputs += 4, patch += 4) {
        const uint32_t word = load_word(inputs);
        store_word(patch, is_signed ? signed_even_bytes(word) : unsigned_even_bytes(word));
        store_word(patch + 2, is_signed ? signed_odd_bytes(word) : unsigned_odd_bytes(word));
    }
}

static int copies_quads(const tandem_layer* step) {
    return !step->requantizes_input && step->input.type <= TANDEM_UINT8 && step->input.channels % 4 == 0;
}

static void order_quads(int16_t* patch, int32_t elements) {
    const int16_t* const end = patch + elements;
    for (; patch != end; patch += 4) {
        const int16_t second = patch[1];
        patch[1] = patch[2];
        patch[2] = second;
    }
}

#else

/* Part `part` of a byte of weights, in the upper bits. */
static inline int32_t part_of(uint8_t byte, int bits, int part) {
    return (int8_t)((byte << (8 - bits - bits * part)) & (0xFF00 >> bits) & 0xFF);
}

static inline void multiply(const uint8_t* upper, const uint8_t* lower, const int16_t* left,
                            const int16_t* right, int32_t elements, int bits, int32_t sums[4]) {
    int32_t upper_left = sums[0], upper_right = sums[1], lower_left = sums[2], lower_right = sums[3];
    const uint8_t* const end = upper + elements * bits / 8;
    for (; upper != end; upper += 4, lower += 4) {
        int part, i;
        for (part = 0; part < 8 / bits; ++part) {
            for (i = 0; i < 4; ++i) {
                const int32_t upper_weight = part_of(upper[i], bits, part);
                const int32_t lower_weight = part_of(lower[i], bits, part);
                upper_left += upper_weight * left[i];
                upper_right += upper_weight * right[i];
                lower_left += lower_weight * left[i];
                lower_right += lower_weight * right[i];
            }
            left += 4;
            right += 4;
        }
    }
    sums[0] = upper_left;
    sums[1] = upper_right;
    sums[2] = lower_left;
    sums[3] = lower_right;
}

static void copy_quads(const tandem_layer* step, const uint8_t* inputs, int32_t count, int16_t* patch) {
    int32_t i;
    if (step->input.type == TANDEM_INT8) {
        for (i = 0; i < count; ++i) patch[i] = (int8_t)inputs[i];
    } else {
        for (i = 0; i < count; ++i) patch[i] = inputs[i];
    }
}

static int copies_quads(const tandem_layer* step) {
    return !step->requantizes_input && step->input.type <= TANDEM_UINT8;
}

static void order_quads(int16_t* patch, int32_t elements) {
    (void)patch;
    (void)elements;
}

#endif

/* Copies neighbouring inputs into the patch, as the multipliers want them. */
static void copy_inputs(const tandem_layer* step, const void* input, int32_t first, int32_t count,
                        int16_t* patch) {
    int32_t i;
    if (copies_quads(step)) {
        copy_quads(step, (const uint8_t*)input + first, count, patch);
        return;
    }
    for (i = 0; i < count; ++i) {
        int32_t element = read_element(step->input.type, input, first + i);
        if (step->requantizes_input) {
            element = clamp(round_shift(element, step->input_shift), step->input_range);
        }
        patch[i] = (int16_t)element;
    }
}

static void clear(int16_t* patch, int32_t count) { memset(patch, 0, (size_t)count * sizeof *patch); }

/* The window under one output position; padding is zero, and so is what fills the row up. */
static void read_window(const tandem_layer* step, const void* input, int32_t row, int32_t column,
                        int16_t* patch) {
    const tandem_window* window = &step->window;
    const int32_t channels = step->input.channels;
    const int32_t run = window->dilations[1] == 1 ? window->kernel[1] : 1;
    int16_t* next = patch;
    int32_t fy, fx;
    for (fy = 0; fy < window->kernel[0]; ++fy) {
        const int32_t y = position(window, 0, row, fy);
        for (fx = 0; fx < window->kernel[1]; fx += run) {
            /* Of the run's columns, those before the input, inside it and behind it. */
            const int32_t x = position(window, 1, column, fx);
            int32_t before = x < 0 ? -x : 0;
            int32_t behind = x + run - step->input.columns;
            if (before > run) before = run;
            if (behind < 0) behind = 0;
            if (behind > run) behind = run;
            if (y < 0 || y >= step->input.rows || before + behind >= run) {
                clear(next, run * channels);
            } else {
                const int32_t inside = run - before - behind;
                clear(next, before * channels);
                copy_inputs(step, input, (y * step->input.columns + x + before) * channels, inside * channels,
                            next + before * channels);
                clear(next + (run - behind) * channels, behind * channels);
            }
            next += run * channels;
        }
    }
    clear(next, (int32_t)(patch + step->row_elements - next));
    if (!copies_quads(step)) order_quads(patch, step->row_elements);
}

static void finish(const tandem_layer* step, const void* residual, void* output, int32_t index, int32_t sum) {
    if (residual) {
        sum = sum * ((int32_t)1 << step->sum_alignment) +
              read_element(step->residual_type, residual, index) * ((int32_t)1 << step->residual_alignment);
    }
    sum = clamp_narrow(round_shift_narrow(sum, step->output_shift), step->clamp);
    if (step->output.type <= TANDEM_UINT8) {
        ((uint8_t*)output)[index] = (uint8_t)sum;
    } else {
        ((uint16_t*)output)[index] = (uint16_t)sum;
    }
}

void tandem_run_layer(const tandem_layer* step, const void* input, const void* residual, void* output,
                      int16_t* patch) {
    const int32_t positions = step->output.rows * step->output.columns;
    const int32_t channels = step->output.channels;
    const int32_t elements = step->row_elements;
    const int32_t row_bytes = elements * step->weight_bits / 8;
    int32_t place, channel;
    for (place = 0; place < positions; place += 2) {
        const int has_right = place + 1 < positions;
        const int16_t* const right = has_right ? patch + elements : patch;
        const uint8_t* weights = step->weights;
        read_window(step, input, place / step->output.columns, place % step->output.columns, patch);
        if (has_right) {
            read_window(step, input, (place + 1) / step->output.columns, (place + 1) % step->output.columns,
                        patch + elements);
        }
        for (channel = 0; channel < channels; channel += 2) {
            const int has_lower = channel + 1 < channels;
            const uint8_t* const lower = has_lower ? weights + row_bytes : weights;
            const int32_t upper_bias = step->bias[channel];
            const int32_t lower_bias = has_lower ? step->bias[channel + 1] : 0;
            const int32_t index = place * channels + channel;
            int32_t sums[4];
            sums[0] = sums[1] = upper_bias;
            sums[2] = sums[3] = lower_bias;
            switch (step->weight_bits) {
#ifdef TANDEM_HAS_WEIGHTS_8
            case 8: multiply(weights, lower, patch, right, elements, 8, sums); break;
#endif
#ifdef TANDEM_HAS_WEIGHTS_4
            case 4: multiply(weights, lower, patch, right, elements, 4, sums); break;
#endif
#ifdef TANDEM_HAS_WEIGHTS_2
            case 2: multiply(weights, lower, patch, right, elements, 2, sums); break;
#endif
            default: break;
            }
            finish(step, residual, output, index, sums[0]);
            if (has_right) finish(step, residual, output, index + channels, sums[1]);
            if (has_lower) finish(step, residual, output, index + 1, sums[2]);
            if (has_right && has_lower) finish(step, residual, output, index + channels + 1, sums[3]);
            weights += 2 * row_bytes;
        }
    }
}
