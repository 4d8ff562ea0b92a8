/* A timer of the board, counting up. */
#ifndef TANDEM_TIMER_H
#define TANDEM_TIMER_H

#include <stdint.h>

void timer_start(void);
uint32_t timer_ticks(void);

#endif
