#include "kernel_support.h"

/* Small at every level of optimisation: its loops gain nothing from being unrolled. */
#if defined(__GNUC__) && !defined(__clang__)
#define SMALL_FUNCTION __attribute__((noinline, optimize("Os")))
#define PART_OF_FUNCTION static inline __attribute__((always_inline))
#else
#define SMALL_FUNCTION
#define PART_OF_FUNCTION static inline
#endif

/* The length of a run whose token says 15: bytes are added up to the first that is not 255. Nothing is read
   behind `end`. */
PART_OF_FUNCTION const uint8_t* read_length(const uint8_t* from, const uint8_t* end, uint32_t* length) {
    if (*length == 15) {
        uint8_t byte = 255;
        while (byte == 255 && from != end) {
            byte = *from++;
            *length += byte;
        }
    }
    return from;
}

/* `count` bytes, of which `to` may reach what `from` has not: bytes go one by one. In pairs, which takes
   three instructions a byte. */
PART_OF_FUNCTION const uint8_t* copy_run(const uint8_t* from, uint8_t* to, uint32_t count) {
    const uint8_t* const stop = to + count;
#if defined(__thumb2__) && defined(__GNUC__)
    uint32_t byte;
    __asm__ volatile("lsrs %[count], %[count], #1\n\t"
                     "itt cs\n\t"
                     "ldrbcs %[byte], [%[from]], #1\n\t"
                     "strbcs %[byte], [%[to]], #1\n\t"
                     "b 2f\n"
                     "1:\n\t"
                     "ldrb %[byte], [%[from]], #1\n\t"
                     "strb %[byte], [%[to]], #1\n\t"
                     "ldrb %[byte], [%[from]], #1\n\t"
                     "strb %[byte], [%[to]], #1\n"
                     "2:\n\t"
                     "cmp %[to], %[stop]\n\t"
                     "bne 1b"
                     : [from] "+r"(from), [to] "+r"(to), [count] "+l"(count), [byte] "=&r"(byte)
                     : [stop] "r"(stop)
                     : "cc", "memory");
#else
    while (to != stop) *to++ = *from++;
#endif
    return from;
}

/* A token holds two lengths: of literals, which follow it, and of a match, which lies `distance` bytes back
   and may overlap what it becomes. The last token has literals alone. */
SMALL_FUNCTION int32_t tandem_decode_lz4(const uint8_t* from, int32_t count, uint8_t* to, int32_t capacity) {
    const uint8_t* const end = from + count;
    uint8_t* const start = to;
    uint8_t* const limit = to + capacity;
    while (from != end) {
        const uint32_t token = *from++;
        uint32_t length = token >> 4;
        uint32_t distance;
        from = read_length(from, end, &length);
        if (length > (uint32_t)(end - from) || length > (uint32_t)(limit - to)) return -1;
        from = copy_run(from, to, length);
        to += length;
        if (end - from < 2) return from == end ? (int32_t)(to - start) : -1;
        distance = from[0] | (uint32_t)from[1] << 8;
        length = token & 15;
        from = read_length(from + 2, end, &length);
        length += 4;
        /* A distance of zero becomes the largest. */
        if (distance - 1 >= (uint32_t)(to - start) || length > (uint32_t)(limit - to)) return -1;
        copy_run(to - distance, to, length);
        to += length;
    }
    return -1;
}
