#include "pool.h"

#if defined(__ARM_FEATURE_MVE) && defined(__GNUC__)

#define RAISE_VECTORS(maximum)                                                                               \
    __asm__ volatile("wlstp.8 lr, %[count], 2f\n"                                                            \
                     "1:\n\t"                                                                                \
                     "vldrb.8 q0, [%[elements]], #16\n\t"                                                    \
                     "vldrb.8 q1, [%[maxima]]\n\t" maximum " q0, q0, q1\n\t"                                 \
                     "vstrb.8 q0, [%[maxima]], #16\n\t"                                                      \
                     "letp lr, 1b\n"                                                                         \
                     "2:"                                                                                    \
                     : [elements] "+r"(elements), [maxima] "+r"(maxima)                                      \
                     : [count] "r"(count)                                                                    \
                     : "q0", "q1", "lr", "cc", "memory")

/* All of them; how many are done. */
static int32_t raise_words(const uint8_t* elements, uint8_t* maxima, int32_t count, int is_signed) {
    if (is_signed) {
        RAISE_VECTORS("vmax.s8");
    } else {
        RAISE_VECTORS("vmax.u8");
    }
    return count;
}

#elif defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP

typedef uint32_t __attribute__((may_alias, aligned(1))) pool_word;

/* The larger of each pair of bytes: a subtraction leaves behind which, and a selection takes it. */
static inline uint32_t larger_signed(uint32_t left, uint32_t right) {
    uint32_t larger;
    __asm__("ssub8 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(larger) : "r"(left), "r"(right));
    return larger;
}

static inline uint32_t larger_unsigned(uint32_t left, uint32_t right) {
    uint32_t larger;
    __asm__("usub8 %0, %1, %2\n\tsel %0, %1, %2" : "=&r"(larger) : "r"(left), "r"(right));
    return larger;
}

/* Four bytes at a time; how many are done. */
static int32_t raise_words(const uint8_t* elements, uint8_t* maxima, int32_t count, int is_signed) {
    const uint8_t* const end = elements + (count & ~3);
    if (is_signed) {
        for (; elements != end; elements += 4, maxima += 4) {
            *(pool_word*)maxima = larger_signed(*(const pool_word*)elements, *(const pool_word*)maxima);
        }
    } else {
        for (; elements != end; elements += 4, maxima += 4) {
            *(pool_word*)maxima = larger_unsigned(*(const pool_word*)elements, *(const pool_word*)maxima);
        }
    }
    return count & ~3;
}

#else

static int32_t raise_words(const uint8_t* elements, uint8_t* maxima, int32_t count, int is_signed) {
    (void)elements, (void)maxima, (void)count, (void)is_signed;
    return 0;
}

#endif

static void raise_bytes(const uint8_t* elements, uint8_t* maxima, int32_t count, int is_signed) {
    int32_t i = raise_words(elements, maxima, count, is_signed);
    for (; i < count; ++i) {
        const int is_larger = is_signed ? (int8_t)elements[i] > (int8_t)maxima[i] : elements[i] > maxima[i];
        if (is_larger) maxima[i] = elements[i];
    }
}

/* Where input and output are of 8-bit types, the maxima grow in the output as integers of the input, all
   channels of a place at once; at the end they become integers of the output. */
static void pool_bytes(const tandem_max_pool* step, const uint8_t* input, const visible_window* visible,
                       uint8_t* place) {
    const rounding by = make_rounding(step->output_shift, step->clamp);
    const int32_t channels = step->input.channels;
    const int is_signed = step->input.type == TANDEM_INT8;
    const int is_empty = visible->rows == 0 || visible->columns == 0;
    int32_t row, column, i;
    /* The window's first element, which the place may be itself; or the least there is. */
    for (i = 0; i < channels; ++i) {
        place[i] = !is_empty ? input[visible->first_input + i] : is_signed ? 0x80 : 0;
    }
    for (row = 0; row < visible->rows; ++row) {
        const uint8_t* elements = input + visible->first_input + row * visible->next_row;
        for (column = 0; column < visible->columns; ++column, elements += visible->next_column) {
            raise_bytes(elements, place, channels, is_signed);
        }
    }
    if (by.odd == 0 && by.left_factor == 1 && step->input.type == step->output.type &&
        by.range.minimum == (is_signed ? INT8_MIN : 0) &&
        by.range.maximum == (is_signed ? INT8_MAX : UINT8_MAX)) {
        return; /* they are the output's integers already */
    }
    for (i = 0; i < channels; ++i) {
        const int32_t maximum = is_signed ? (int8_t)place[i] : place[i];
        place[i] = (uint8_t)round_narrow(maximum, by);
    }
}

void tandem_run_max_pool(const tandem_max_pool* step, const void* input, void* output) {
    /* Bytes stay within 30 bits when they are shifted to the left by no more than 22. */
    const int is_in_bytes = step->input.type <= TANDEM_UINT8 && step->output.type <= TANDEM_UINT8 &&
                            step->output_shift >= -22 && step->output_shift <= 30;
    int32_t index = 0;
    int32_t row, column, channel;
    for (row = 0; row < step->output.rows; ++row) {
        const visible_window visible_rows = find_rows(&step->input, &step->window, row);
        for (column = 0; column < step->output.columns; ++column) {
            const visible_window visible = find_columns(visible_rows, &step->input, &step->window, column);
            if (is_in_bytes) {
                pool_bytes(step, input, &visible, (uint8_t*)output + index);
                index += step->output.channels;
                continue;
            }
            for (channel = 0; channel < step->output.channels; ++channel) {
                const pooled window = pool(&step->input, &visible, input, channel);
                write_element(step->output.type, output, index,
                              clamp(round_shift(window.maximum, step->output_shift), step->clamp));
                ++index;
            }
        }
    }
}
