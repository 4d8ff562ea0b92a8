/* Runs the network on samples from a file, each at every operating point: harness SAMPLES OUTPUTS. Samples
   are floats and outputs 32-bit integers, both as the host keeps them in memory. */
#include <stdio.h>

#include "network.h"

#ifdef TANDEM_NETWORK_POINTS
#define EACH_POINT for (int32_t point = 0; point < TANDEM_NETWORK_POINTS; ++point)
#define RUN() tandem_network_run_at((tandem_network_point)point, input, output)
#else
#define EACH_POINT
#define RUN() tandem_network_run(input, output)
#endif

static int fail(const char* what, const char* path) {
    fprintf(stderr, "harness: cannot %s %s\n", what, path);
    return 1;
}

int main(int argc, char** argv) {
    static float sample[TANDEM_NETWORK_INPUT_ELEMENTS];
    static tandem_network_input input[TANDEM_NETWORK_INPUT_ELEMENTS];
    static tandem_network_output output[TANDEM_NETWORK_OUTPUT_ELEMENTS];
    FILE* samples;
    FILE* outputs;
    if (argc != 3) return fail("run without", "SAMPLES OUTPUTS");
    samples = fopen(argv[1], "rb");
    if (!samples) return fail("open", argv[1]);
    outputs = fopen(argv[2], "wb");
    if (!outputs) return fail("open", argv[2]);
    while (fread(sample, sizeof sample, 1, samples) == 1) {
        int32_t i;
        tandem_network_quantize_input(sample, input);
        EACH_POINT {
            RUN();
            for (i = 0; i < TANDEM_NETWORK_OUTPUT_ELEMENTS; ++i) {
                const int32_t integer = output[i];
                if (fwrite(&integer, sizeof integer, 1, outputs) != 1) return fail("write", argv[2]);
            }
        }
    }
    fclose(samples);
    if (fclose(outputs) != 0) return fail("write", argv[2]);
    return 0;
}
