/* From reset to main on a 32-bit RISC-V. A trap ends the emulation with status 70. */
#include <stddef.h>

#include "start_up.h"

void run(void);

void run(void) { run_image(); }

__attribute__((naked, section(".vectors"), used)) void start(void) {
    __asm__(".option arch, +zicsr\n\t"
            "la sp, image_stack_top\n\t"
            "la t0, fault\n\t"
            "csrw mtvec, t0\n\t"
            "j run");
}

/* What the compiler makes of loops that copy and clear; here without a library. */
#define KEEP_LOOPS __attribute__((optimize("no-tree-loop-distribute-patterns")))

KEEP_LOOPS void* memset(void* to, int value, size_t count) {
    uint8_t* byte = to;
    while (count-- != 0) *byte++ = (uint8_t)value;
    return to;
}

KEEP_LOOPS void* memcpy(void* to, const void* from, size_t count) {
    uint8_t* byte = to;
    const uint8_t* source = from;
    while (count-- != 0) *byte++ = *source++;
    return to;
}
