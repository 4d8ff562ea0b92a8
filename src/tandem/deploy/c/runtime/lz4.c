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

/* A token holds two lengths: of literals, which follow it, and of a match, which lies `distance` bytes back
   and may overlap what it becomes. The last token has literals alone. */
SMALL_FUNCTION int32_t tandem_decode_lz4(const uint8_t* from, int32_t count, uint8_t* to, int32_t capacity) {
    const uint8_t* const end = from + count;
    uint8_t* const start = to;
    uint8_t* const limit = to + capacity;
    while (from != end) {
        const uint32_t token = *from++;
        uint32_t length = token >> 4;
        const uint8_t* match;
        const uint8_t* stop;
        uint32_t distance;
        from = read_length(from, end, &length);
        if (length > (uint32_t)(end - from) || length > (uint32_t)(limit - to)) return -1;
        if (length != 0) {
            stop = from + length;
            do {
                *to++ = *from++;
            } while (from != stop);
        }
        if (from == end) return (int32_t)(to - start);
        if (end - from < 2) return -1;
        distance = from[0] | (uint32_t)from[1] << 8;
        length = token & 15;
        from = read_length(from + 2, end, &length);
        length += 4;
        if (distance == 0 || distance > (uint32_t)(to - start) || length > (uint32_t)(limit - to)) return -1;
        match = to - distance;
        stop = to + length;
        if (length & 1) *to++ = *match++;
        do { /* in pairs, of which a match has at least two */
            *to++ = *match++;
            *to++ = *match++;
        } while (to != stop);
    }
    return -1;
}
