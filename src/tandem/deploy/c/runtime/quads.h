/* A patch of 16-bit inputs for cores without M-profile vectors, and its products with packed weights of at
   most 8 bits, by the DSP extension where there is one.

   Weights and inputs meet in quads: four weights, a byte each, with four inputs of either window, 16 bits
   each. On Cortex cores with the DSP extension the eight inputs lie in the order left 0, 2, right 0, 2,
   left 1, 3, right 1, 3: so do the bytes of a word of weights come out when they are widened in pairs, and
   no pair must be packed. Elsewhere they lie in the order left 0 to 3, right 0 to 3. */
#ifndef TANDEM_QUADS_H
#define TANDEM_QUADS_H

#include "byte_patch.h"

enum { QUAD = 4, PATCH_QUAD = 2 * QUAD };

#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP

enum { RIGHT = 2 }; /* from an input of the left window to that of the right one */

typedef uint32_t __attribute__((may_alias, aligned(1))) word_anywhere;

static inline uint32_t load_word(const void* from) { return *(const word_anywhere*)from; }
static inline void store_word(void* to, uint32_t word) { *(word_anywhere*)to = word; }

/* The next word, or the next two; as assembler, so that no register counts what the pointer knows. */
static inline uint32_t next_word(const uint8_t** from) {
    uint32_t word;
    __asm__("ldr %0, [%1], #4" : "=r"(word), "+r"(*from) : : "memory");
    return word;
}

static inline void next_words(const int16_t** from, uint32_t* first, uint32_t* second) {
    __asm__("ldrd %0, %1, [%2], #8" : "=&r"(*first), "=&r"(*second), "+r"(*from) : : "memory");
}

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

static inline uint32_t subtract_bytes(uint32_t word, uint32_t bytes) {
    __asm__("ssub8 %0, %0, %1" : "+r"(word) : "r"(bytes));
    return word;
}

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

static inline __attribute__((always_inline)) void multiply_with(uint32_t upper, uint32_t lower,
                                                                const int16_t** inputs, block_sums* sums) {
    uint32_t left, right;
    next_words(inputs, &left, &right);
    sums->upper_left = multiply_pairs(upper, left, sums->upper_left);
    sums->lower_left = multiply_pairs(lower, left, sums->lower_left);
    sums->upper_right = multiply_pairs(upper, right, sums->upper_right);
    sums->lower_right = multiply_pairs(lower, right, sums->lower_right);
}

static inline __attribute__((always_inline)) void multiply_quad(uint32_t upper, uint32_t lower,
                                                                const int16_t** inputs, block_sums* sums) {
    multiply_with(signed_even_bytes(upper), signed_even_bytes(lower), inputs, sums);
    multiply_with(signed_odd_bytes(upper), signed_odd_bytes(lower), inputs, sums);
}

/* Rows are a multiple of eight elements: one word of 4-bit weights, two of 8-bit ones. */
static inline __attribute__((always_inline)) void multiply(const uint8_t* upper, const uint8_t* lower,
                                                           const int16_t* inputs, int32_t elements, int bits,
                                                           block_sums* sums) {
    block_sums local = *sums;
    const uint8_t* const end = upper + elements * bits / 8;
    do {
        uint32_t upper_word = next_word(&upper);
        uint32_t lower_word = next_word(&lower);
        multiply_quad(part_of(upper_word, bits, 0), part_of(lower_word, bits, 0), &inputs, &local);
        if (bits == 8) {
            upper_word = next_word(&upper);
            lower_word = next_word(&lower);
        }
        multiply_quad(part_of(upper_word, bits, 1), part_of(lower_word, bits, 1), &inputs, &local);
        if (bits == 2) {
            multiply_quad(part_of(upper_word, bits, 2), part_of(lower_word, bits, 2), &inputs, &local);
            multiply_quad(part_of(upper_word, bits, 3), part_of(lower_word, bits, 3), &inputs, &local);
        }
    } while (upper != end);
    *sums = local;
}

/* Where an element of the left window lies in the patch. */
static inline int32_t place_of(int32_t element) {
    return (element & ~3) * 2 + (element & 1) * 4 + (element >> 1 & 1);
}

/* Whether neighbouring inputs are copied by quads: bytes as they are, whole quads in every column. */
static int copies_quads(const tandem_layer* step) {
    return step->reads_bytes && !step->requantizes_input && step->input.channels % QUAD == 0;
}

static void copy_quads(const tandem_layer* step, const uint8_t* inputs, int32_t count, int16_t* patch) {
    const uint8_t* const end = inputs + count;
    const uint32_t offsets = (uint32_t)step->input_offset * 0x01010101U;
    for (; inputs != end; inputs += QUAD, patch += PATCH_QUAD) {
        const uint32_t word = subtract_bytes(load_word(inputs), offsets);
        store_word(patch, signed_even_bytes(word));
        store_word(patch + 4, signed_odd_bytes(word));
    }
}

#else

enum { RIGHT = 4 };

/* Part `part` of a byte of weights, in the upper bits. */
static inline int32_t part_of(uint8_t byte, int bits, int part) {
    return (int8_t)((byte << (8 - bits - bits * part)) & (0xFF00 >> bits) & 0xFF);
}

static inline void multiply(const uint8_t* upper, const uint8_t* lower, const int16_t* inputs,
                            int32_t elements, int bits, block_sums* sums) {
    block_sums local = *sums;
    const uint8_t* const end = upper + elements * bits / 8;
    for (; upper != end; upper += QUAD, lower += QUAD) {
        int part, i;
        for (part = 0; part < 8 / bits; ++part) {
            for (i = 0; i < QUAD; ++i) {
                const int32_t upper_weight = part_of(upper[i], bits, part);
                const int32_t lower_weight = part_of(lower[i], bits, part);
                local.upper_left += upper_weight * inputs[i];
                local.upper_right += upper_weight * inputs[i + RIGHT];
                local.lower_left += lower_weight * inputs[i];
                local.lower_right += lower_weight * inputs[i + RIGHT];
            }
            inputs += PATCH_QUAD;
        }
    }
    *sums = local;
}

static inline int32_t place_of(int32_t element) { return (element & ~3) * 2 + (element & 3); }

static int copies_quads(const tandem_layer* step) {
    (void)step;
    return 0;
}

static void copy_quads(const tandem_layer* step, const uint8_t* inputs, int32_t count, int16_t* patch) {
    (void)step, (void)inputs, (void)count, (void)patch;
}

#endif

#endif
