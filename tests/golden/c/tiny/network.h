/* tiny__/_network: the network's two functions and its sizes.
   Written by Tandem; change the strategy, not this file. */
#ifndef NETWORK_H
#define NETWORK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One sample in: input 1x4x4 u8.8. */
#define NETWORK_INPUT_CHANNELS 1
#define NETWORK_INPUT_ROWS 4
#define NETWORK_INPUT_COLUMNS 4
#define NETWORK_INPUT_ELEMENTS 16
#define NETWORK_INPUT_FRACTION_BITS 8
typedef uint8_t network_input;

/* One sample out: logits 3x1x1 s16.9. */
#define NETWORK_OUTPUT_ELEMENTS 3
#define NETWORK_OUTPUT_FRACTION_BITS 9

/* Memory: read-only parameters; static working memory, which is the arena of the tensors between
   steps and the patch, one window of the input. The caller owns input and output. */
#define NETWORK_PARAMETER_BYTES 96
#define NETWORK_ARENA_BYTES 64
#define NETWORK_PATCH_BYTES 18

/* Turns a sample, ordered (channel, row, column), into the network's integers, ordered (row, column,
   channel): the nearest multiple of 2^-NETWORK_INPUT_FRACTION_BITS, ties to even, saturated; NaN
   becomes 0. */
void network_quantize_input(const float *sample, network_input *input);

/* Runs the network. An output integer i stands for i * 2^-NETWORK_OUTPUT_FRACTION_BITS; all outputs
   share that scale, so they compare as they are. Returns the index of the largest, the first of
   equals. Not reentrant: the working memory is static. */
int network_run(const network_input *input, int32_t *output);

#ifdef __cplusplus
}
#endif

#endif
