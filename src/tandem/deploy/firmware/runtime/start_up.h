/* What all processors do between reset and main; included once, by the source of the processor. */
#ifndef TANDEM_START_UP_H
#define TANDEM_START_UP_H

#include <stdint.h>

#include "semihosting.h"
#ifdef TANDEM_TRACE
#include "guards.h"
#endif

extern uint32_t image_data_load[], image_data_start[], image_data_end[];
extern uint32_t image_bss_start[], image_bss_end[];
extern uint32_t image_stack_bottom[], image_stack_top[];

enum { FAULT_STATUS = 70 };

int main(void);
void fault(void);

/* Ends the emulation; aligned as RISC-V wants its trap handler. */
__attribute__((aligned(4))) void fault(void) {
    semihosting_print("fault\n");
    semihosting_exit(FAULT_STATUS);
}

/* Stack painted, data copied, the rest cleared; then main. */
static inline void run_image(void) {
    uint32_t* from = image_data_load;
    uint32_t* to;
    uint32_t here = 0;
    /* The stack below this frame, a few words spared. */
    for (to = image_stack_bottom; to < &here - 16; ++to) *to = 0xC5C5C5C5U;
    for (to = image_data_start; to < image_data_end; ++to) *to = *from++;
    for (to = image_bss_start; to < image_bss_end; ++to) *to = 0;
#ifdef TANDEM_TRACE
    raise_guards();
#endif
    semihosting_exit((uint32_t)main());
}

#endif
