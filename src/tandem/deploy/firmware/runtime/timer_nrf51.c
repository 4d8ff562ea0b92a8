/* TIMER0 of the nRF51 (product reference manual 3.0, chapter 18): 32 bits at 16 MHz. */
#include "timer.h"

#define TIMER_REGISTER(offset) (*(volatile uint32_t*)(0x40008000U + (offset)))

void timer_start(void) {
    TIMER_REGISTER(0x508) = 3; /* BITMODE: 32 bits */
    TIMER_REGISTER(0x510) = 0; /* PRESCALER: 16 MHz */
    TIMER_REGISTER(0x000) = 1; /* TASKS_START */
}

uint32_t timer_ticks(void) {
    TIMER_REGISTER(0x040) = 1; /* TASKS_CAPTURE[0] */
    return TIMER_REGISTER(0x540);
}
