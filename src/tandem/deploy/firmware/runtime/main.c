/* Runs the network on samples.bin, a file of the host that holds input integers as the network takes
   them, each at every operating point, and writes outputs.bin. With TANDEM_TRACE it writes every step's
   output to trace.bin too, prints the step's ticks, and watches over the working memory. Prints the ticks of
   the board's timer for one run, and how deep the stack grew. */
#include "network.h"
#include "semihosting.h"
#include "timer.h"

extern uint32_t image_stack_bottom[], image_stack_top[];

enum { PAINT = 0xC5C5C5C5 };

static tandem_network_input sample[TANDEM_NETWORK_INPUT_ELEMENTS];
static tandem_network_output output[TANDEM_NETWORK_OUTPUT_ELEMENTS];

#ifdef TANDEM_NETWORK_POINTS
#define EACH_POINT for (int32_t point = 0; point < TANDEM_NETWORK_POINTS; ++point)
#define RUN() tandem_network_run_at((tandem_network_point)point, sample, output)
#else
#define EACH_POINT
#define RUN() tandem_network_run(sample, output)
#endif

#ifdef TANDEM_TRACE
#include "guards.h"

static int32_t trace;
static uint32_t step_start; /* when the step that runs began */

void tandem_network_trace(int step, const void* tensor, int32_t bytes) {
    const uint32_t end = timer_ticks();
    (void)step;
    semihosting_print_number("step_ticks", end - step_start);
    if (semihosting_write(trace, tensor, (uint32_t)bytes) != 0) semihosting_exit(3);
    step_start = timer_ticks();
}
#endif

static uint32_t stack_bytes(void) {
    const uint32_t* word = image_stack_bottom;
    while (word < image_stack_top && *word == (uint32_t)PAINT) ++word;
    return (uint32_t)((const char*)image_stack_top - (const char*)word);
}

int main(void) {
    const int32_t samples = semihosting_open("samples.bin", SEMIHOSTING_READ);
    const int32_t outputs = semihosting_open("outputs.bin", SEMIHOSTING_WRITE);
    uint32_t count = 0;
    if (samples < 0 || outputs < 0) return 2;
#ifdef TANDEM_TRACE
    trace = semihosting_open("trace.bin", SEMIHOSTING_WRITE);
    if (trace < 0) return 2;
#endif
    timer_start();
    while (semihosting_read(samples, sample, sizeof sample) == 0) {
        EACH_POINT {
            const uint32_t before = timer_ticks();
            uint32_t after;
#ifdef TANDEM_TRACE
            step_start = before;
#endif
            RUN();
            after = timer_ticks();
#ifdef TANDEM_TRACE
            if (!guards_hold()) {
                semihosting_print("written beside the working memory\n");
                return 4;
            }
#endif
            semihosting_print_number("ticks", after - before);
            if (semihosting_write(outputs, output, sizeof output) != 0) return 3;
        }
        ++count;
    }
    semihosting_close(samples);
    semihosting_close(outputs);
#ifdef TANDEM_TRACE
    semihosting_close(trace);
#endif
    semihosting_print_number("samples", count);
    semihosting_print_number("stack", stack_bytes());
    return 0;
}
