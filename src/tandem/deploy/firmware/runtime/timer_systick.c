/* The processor's own 24-bit SysTick (Armv7-M, B3.3), its wraps counted by an interrupt. */
#include "timer.h"

#define SYSTICK_CONTROL (*(volatile uint32_t*)0xE000E010U)
#define SYSTICK_RELOAD (*(volatile uint32_t*)0xE000E014U)
#define SYSTICK_VALUE (*(volatile uint32_t*)0xE000E018U)

enum { WRAP = 1 << 24 };

static volatile uint32_t wraps;

void systick_handler(void);
void systick_handler(void) { ++wraps; }

void timer_start(void) {
    SYSTICK_RELOAD = WRAP - 1;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = 7; /* on, with interrupt, processor clock */
}

uint32_t timer_ticks(void) {
    for (;;) {
        const uint32_t before = wraps;
        const uint32_t value = SYSTICK_VALUE;
        if (before == wraps) return before * (uint32_t)WRAP + (WRAP - 1 - value);
    }
}
