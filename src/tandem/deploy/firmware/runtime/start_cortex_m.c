/* From reset to main on a Cortex-M: stack painted, floating point unit on where there is one, data copied,
   the rest cleared. A fault ends the emulation with status 70. */
#include <stdint.h>

#include "semihosting.h"

extern uint32_t image_data_load[], image_data_start[], image_data_end[];
extern uint32_t image_bss_start[], image_bss_end[];
extern uint32_t image_stack_bottom[], image_stack_top[];

enum { FAULT_STATUS = 70 };

int main(void);
void start(void);
void fault(void);
/* Of the timer that counts by interrupts, where the image has it. */
__attribute__((weak)) void systick_handler(void);

void fault(void) {
    semihosting_print("fault\n");
    semihosting_exit(FAULT_STATUS);
}

void start(void) {
    uint32_t* from = image_data_load;
    uint32_t* to;
    uint32_t here = 0;
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    *(volatile uint32_t*)0xE000ED88U |= 0xFU << 20; /* CPACR: coprocessors 10 and 11 */
    __asm__ volatile("dsb\nisb");
#endif
    /* The stack below this frame, a few words spared. */
    for (to = image_stack_bottom; to < &here - 16; ++to) *to = 0xC5C5C5C5U;
    for (to = image_data_start; to < image_data_end; ++to) *to = *from++;
    for (to = image_bss_start; to < image_bss_end; ++to) *to = 0;
    semihosting_exit((uint32_t)main());
}

__attribute__((section(".vectors"), used)) static void* const vectors[16] = {image_stack_top,
                                                                             (void*)start,
                                                                             (void*)fault,
                                                                             (void*)fault,
                                                                             (void*)fault,
                                                                             (void*)fault,
                                                                             (void*)fault,
                                                                             0,
                                                                             0,
                                                                             0,
                                                                             0,
                                                                             (void*)fault,
                                                                             (void*)fault,
                                                                             0,
                                                                             (void*)fault,
                                                                             (void*)systick_handler};
