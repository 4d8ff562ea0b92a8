/* tiny__/_network: the network's functions and its sizes.
   Written by Tandem; change the strategy, not this file. */
#ifndef TANDEM_TINY____NETWORK_H
#define TANDEM_TINY____NETWORK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One sample in: input 1x4x4 u8.8. */
#define TANDEM_TINY____NETWORK_INPUT_CHANNELS 1
#define TANDEM_TINY____NETWORK_INPUT_ROWS 4
#define TANDEM_TINY____NETWORK_INPUT_COLUMNS 4
#define TANDEM_TINY____NETWORK_INPUT_ELEMENTS 16
#define TANDEM_TINY____NETWORK_INPUT_FRACTION_BITS 8
typedef uint8_t tandem_tiny____network_input;

/* One sample out: logits 3x1x1 s16.9. */
#define TANDEM_TINY____NETWORK_OUTPUT_ELEMENTS 3
#define TANDEM_TINY____NETWORK_OUTPUT_FRACTION_BITS 9
typedef int16_t tandem_tiny____network_output;

/* Memory: read-only parameters; static working memory, which is the arena of the tensors between
   steps, the patch, a few windows of an input, and the weights of one layer where they are decoded. The
   caller owns input and output. */
#define TANDEM_TINY____NETWORK_PARAMETER_BYTES 94
#define TANDEM_TINY____NETWORK_ARENA_BYTES 64
#define TANDEM_TINY____NETWORK_PATCH_BYTES 64
#define TANDEM_TINY____NETWORK_DECODED_BYTES 0

/* Runs the network on integers in the order (row, column, channel). An output integer i stands for
   i * 2^-TANDEM_TINY____NETWORK_OUTPUT_FRACTION_BITS. Not reentrant: the working memory is static. */
void tandem_tiny____network_run(const tandem_tiny____network_input *input, tandem_tiny____network_output *output);

/* The predicted class: the index of the largest output, the first of equals. */
int tandem_tiny____network_class(const tandem_tiny____network_output *output);

/* Turns a float sample, ordered (channel, row, column), into the network's integers: the nearest
   multiple of 2^-TANDEM_TINY____NETWORK_INPUT_FRACTION_BITS, ties to even, saturated; NaN becomes 0. Left out of
   code compiled with TANDEM_INTEGER_INPUT, for those who bring integers. */
void tandem_tiny____network_quantize_input(const float *sample, tandem_tiny____network_input *input);

/* Compiled with TANDEM_TRACE, the network tells of each step's output; whoever asks for it defines this. */
void tandem_tiny____network_trace(int step, const void *tensor, int32_t bytes);

#ifdef __cplusplus
}
#endif

#endif
