/* From reset to main on a Cortex-M: floating point unit on where there is one. A fault ends the emulation
   with status 70. */
#include "start_up.h"

void start(void);
/* Of the timer that counts by interrupts, where the image has it. */
__attribute__((weak)) void systick_handler(void);

void start(void) {
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    *(volatile uint32_t*)0xE000ED88U |= 0xFU << 20; /* CPACR: coprocessors 10 and 11 */
    __asm__ volatile("dsb\nisb");
#endif
    run_image();
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
