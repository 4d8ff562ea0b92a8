/* From reset to main on a 32-bit RISC-V: stack painted, data copied, the rest cleared. A trap ends the
   emulation with status 70. */
#include <stddef.h>
#include <stdint.h>

#include "semihosting.h"

extern uint32_t image_data_load[], image_data_start[], image_data_end[];
extern uint32_t image_bss_start[], image_bss_end[];
extern uint32_t image_stack_bottom[], image_stack_top[];

enum { FAULT_STATUS = 70 };

int main(void);
void run(void);
void fault(void);

__attribute__((aligned(4))) void fault(void) {
    semihosting_print("fault\n");
    semihosting_exit(FAULT_STATUS);
}

void run(void) {
    uint32_t* from = image_data_load;
    uint32_t* to;
    uint32_t here = 0;
    /* The stack below this frame, a few words spared. */
    for (to = image_stack_bottom; to < &here - 16; ++to) *to = 0xC5C5C5C5U;
    for (to = image_data_start; to < image_data_end; ++to) *to = *from++;
    for (to = image_bss_start; to < image_bss_end; ++to) *to = 0;
    semihosting_exit((uint32_t)main());
}

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
