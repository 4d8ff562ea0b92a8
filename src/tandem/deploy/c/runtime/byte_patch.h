/* A patch of bytes for cores with M-profile vectors (Armv8.1-M): the right window lies behind the left one,
   sixteen inputs meet sixteen weights in one instruction, and the hardware cuts loops off at the end of a
   row. */
#ifndef TANDEM_BYTE_PATCH_H
#define TANDEM_BYTE_PATCH_H

#include "kernels.h"

/* Sums of two rows of weights with two windows. */
typedef struct {
    int32_t upper_left, upper_right, lower_left, lower_right;
} block_sums;

#if defined(__ARM_FEATURE_MVE) && defined(__GNUC__)

static inline int has_byte_patch(const tandem_layer* step) {
    return step->reads_bytes && step->weight_bits == 8;
}

/* Accumulators must be even registers. */
static inline block_sums multiply_bytes(const uint8_t* upper, const uint8_t* lower, const int8_t* left,
                                        const int8_t* right, int32_t elements, block_sums sums) {
    __asm__ volatile("wlstp.8 lr, %[elements], 2f\n"
                     "1:\n\t"
                     "vldrb.8 q0, [%[upper]], #16\n\t"
                     "vldrb.8 q1, [%[left]], #16\n\t"
                     "vmladava.s8 %[upper_left], q0, q1\n\t"
                     "vldrb.8 q2, [%[lower]], #16\n\t"
                     "vmladava.s8 %[lower_left], q2, q1\n\t"
                     "vldrb.8 q1, [%[right]], #16\n\t"
                     "vmladava.s8 %[upper_right], q0, q1\n\t"
                     "vmladava.s8 %[lower_right], q2, q1\n\t"
                     "letp lr, 1b\n"
                     "2:"
                     : [upper] "+r"(upper), [lower] "+r"(lower), [left] "+r"(left), [right] "+r"(right),
                       [upper_left] "+Te"(sums.upper_left), [upper_right] "+Te"(sums.upper_right),
                       [lower_left] "+Te"(sums.lower_left), [lower_right] "+Te"(sums.lower_right)
                     : [elements] "r"(elements)
                     : "q0", "q1", "q2", "lr", "cc", "memory");
    return sums;
}

static inline void copy_bytes(const uint8_t* from, int32_t count, int32_t offset, int8_t* to) {
    __asm__ volatile("wlstp.8 lr, %[count], 2f\n"
                     "1:\n\t"
                     "vldrb.8 q0, [%[from]], #16\n\t"
                     "vsub.i8 q0, q0, %[offset]\n\t"
                     "vstrb.8 q0, [%[to]], #16\n\t"
                     "letp lr, 1b\n"
                     "2:"
                     : [from] "+r"(from), [to] "+r"(to)
                     : [count] "r"(count), [offset] "r"(offset)
                     : "q0", "lr", "cc", "memory");
}

static inline void fill_bytes(int8_t* to, int32_t count, int32_t value) {
    __asm__ volatile("vdup.8 q0, %[value]\n\t"
                     "wlstp.8 lr, %[count], 2f\n"
                     "1:\n\t"
                     "vstrb.8 q0, [%[to]], #16\n\t"
                     "letp lr, 1b\n"
                     "2:"
                     : [to] "+r"(to)
                     : [count] "r"(count), [value] "r"(value)
                     : "q0", "lr", "cc", "memory");
}

#else

static inline int has_byte_patch(const tandem_layer* step) {
    (void)step;
    return 0;
}

static inline block_sums multiply_bytes(const uint8_t* upper, const uint8_t* lower, const int8_t* left,
                                        const int8_t* right, int32_t elements, block_sums sums) {
    (void)upper, (void)lower, (void)left, (void)right, (void)elements;
    return sums;
}

static inline void copy_bytes(const uint8_t* from, int32_t count, int32_t offset, int8_t* to) {
    (void)from, (void)count, (void)offset, (void)to;
}

static inline void fill_bytes(int8_t* to, int32_t count, int32_t value) {
    (void)to, (void)count, (void)value;
}

#endif

#endif
