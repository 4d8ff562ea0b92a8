/* Timer 0 of Arm's Cortex-M System Design Kit (DDI 0479): counts the processor's clock down from 2^32. */
#include "timer.h"

#ifndef TANDEM_TIMER_BASE
#error "TANDEM_TIMER_BASE is the address of the timer"
#endif

#define TIMER_CONTROL (*(volatile uint32_t*)(TANDEM_TIMER_BASE + 0x0))
#define TIMER_VALUE (*(volatile uint32_t*)(TANDEM_TIMER_BASE + 0x4))
#define TIMER_RELOAD (*(volatile uint32_t*)(TANDEM_TIMER_BASE + 0x8))

void timer_start(void) {
    TIMER_RELOAD = 0xFFFFFFFFU;
    TIMER_VALUE = 0xFFFFFFFFU;
    TIMER_CONTROL = 1;
}

uint32_t timer_ticks(void) { return 0xFFFFFFFFU - TIMER_VALUE; }
