/* Classifies samples: example FILE. The file holds samples one after the other, each as raw 32-bit floats in
   the order (channel, row, column). Prints the predicted class of each. */
#include <stdio.h>

#include "network.h"

static float sample[TANDEM_TINY____NETWORK_INPUT_ELEMENTS];
static tandem_tiny____network_input input[TANDEM_TINY____NETWORK_INPUT_ELEMENTS];
static tandem_tiny____network_output output[TANDEM_TINY____NETWORK_OUTPUT_ELEMENTS];

int main(int argc, char** argv) {
    FILE* samples;
    if (argc != 2) {
        fprintf(stderr, "usage: example FILE\n");
        return 2;
    }
    samples = fopen(argv[1], "rb");
    if (!samples) {
        fprintf(stderr, "example: cannot open %s\n", argv[1]);
        return 2;
    }
    while (fread(sample, sizeof sample, 1, samples) == 1) {
        tandem_tiny____network_quantize_input(sample, input);
        tandem_tiny____network_run(input, output);
        printf("%d\n", tandem_tiny____network_class(output));
    }
    fclose(samples);
    return 0;
}
