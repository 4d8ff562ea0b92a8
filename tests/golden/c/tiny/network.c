/* tiny__/_network: its steps, their tables and their memory.
   Written by Tandem; change the strategy, not this file. */
#include "network.h"

#include "kernels.h"
#include "weights.h"

/* The tensors between steps. A place is taken again once its tensor has been read for the last
   time, or while it is.

       bytes            steps    tensor
           0 -      31    0 - 1   relu 2x4x4 u4.2
          32 -      63    1 - 2   sum 2x4x4 s8.5
          32 -      39    2 - 3   pooled 2x2x2 s8.5
           0 -       7    3 - 4   flat 8x1x1 s8.5
           0 -       5    4 - 4   logits 3x1x1 s16.9
*/
static TANDEM_ALIGNED int16_t arena[TANDEM_TINY____NETWORK_ARENA_BYTES / 2];

#define TENSOR_1 (arena + 0)
#define TENSOR_2 (arena + 16)
#define TENSOR_3 (arena + 16)
#define TENSOR_4 (arena + 0)
#define TENSOR_5 (arena + 0)

static TANDEM_ALIGNED int16_t patch[TANDEM_TINY____NETWORK_PATCH_BYTES / 2];

#ifdef TANDEM_TRACE
#define TRACE(step, tensor, bytes) tandem_tiny____network_trace(step, tensor, bytes)
#else
#define TRACE(step, tensor, bytes) ((void)0)
#endif

/* conv/1: weights s4.3, reads u8.8, from input 1x4x4 u8.8 to relu 2x4x4 u4.2 */
static const tandem_layer layer_0 = {
    .input = {TANDEM_UINT8, 4, 4, 1},
    .output = {TANDEM_UINT8, 4, 4, 2},
    .window = {{3, 3}, {1, 1}, {1, 1}, {1, 1}},
    .requantizes_input = 0,
    .input_shift = 0,
    .input_range = {0, 255},
    .input_offset = 128,
    .reads_bytes = 1,
    .weights = tandem_tiny____network_weights_0,
    .row_elements = 16,
    .weight_bits = 4,
    .bias = tandem_tiny____network_bias_0,
    .output_shift = 13,
    .clamp = {0, 15},
};

/* conv2: weights s8.6, reads u4.2, from relu 2x4x4 u4.2 and relu 2x4x4 u4.2 to sum 2x4x4 s8.5 */
static const tandem_wide_layer wide_layer_1 = {
    .input = {TANDEM_UINT8, 4, 4, 2},
    .output = {TANDEM_INT8, 4, 4, 2},
    .window = {{1, 1}, {1, 1}, {1, 1}, {0, 0}},
    .groups = 2,
    .requantizes_input = 0,
    .input_shift = 0,
    .input_range = {0, 15},
    .input_offset = 0,
    .weights_8 = tandem_tiny____network_weights_1,
    .bias_32 = tandem_tiny____network_bias_1,
    .sum_bits = 32,
    .residual_type = TANDEM_UINT8,
    .sum_alignment = 0,
    .residual_alignment = 6,
    .output_shift = 3,
    .clamp = {-128, 127},
};

/* from sum 2x4x4 s8.5 to pooled 2x2x2 s8.5 */
static const tandem_max_pool max_pool_2 = {
    .input = {TANDEM_INT8, 4, 4, 2},
    .output = {TANDEM_INT8, 2, 2, 2},
    .window = {{2, 2}, {2, 2}, {1, 1}, {0, 0}},
    .output_shift = 0,
    .clamp = {-128, 127},
};

/* from pooled 2x2x2 s8.5 to flat 8x1x1 s8.5 */
static const tandem_flatten flatten_3 = {
    .input = {TANDEM_INT8, 2, 2, 2},
};

/* dense: weights s16.15, reads s6.3, from flat 8x1x1 s8.5 to logits 3x1x1 s16.9 */
static const tandem_wide_layer wide_layer_4 = {
    .input = {TANDEM_INT8, 1, 1, 8},
    .output = {TANDEM_INT16, 1, 1, 3},
    .window = {{1, 1}, {1, 1}, {1, 1}, {0, 0}},
    .groups = 1,
    .requantizes_input = 1,
    .input_shift = 2,
    .input_range = {-32, 31},
    .input_offset = 0,
    .weights_16 = tandem_tiny____network_weights_4,
    .bias_32 = tandem_tiny____network_bias_4,
    .sum_bits = 32,
    .output_shift = 9,
    .clamp = {-32768, 32767},
};

void tandem_tiny____network_run(const tandem_tiny____network_input *input, tandem_tiny____network_output *output) {
    int32_t i;
    tandem_run_layer(&layer_0, input, 0, TENSOR_1, patch);
    TRACE(0, TENSOR_1, 32);
    tandem_run_wide_layer(&wide_layer_1, TENSOR_1, TENSOR_1, TENSOR_2, patch);
    TRACE(1, TENSOR_2, 32);
    tandem_run_max_pool(&max_pool_2, TENSOR_2, TENSOR_3);
    TRACE(2, TENSOR_3, 8);
    tandem_run_flatten(&flatten_3, TENSOR_3, TENSOR_4);
    TRACE(3, TENSOR_4, 8);
    tandem_run_wide_layer(&wide_layer_4, TENSOR_4, 0, TENSOR_5, patch);
    TRACE(4, TENSOR_5, 6);
    for (i = 0; i < TANDEM_TINY____NETWORK_OUTPUT_ELEMENTS; ++i) {
        output[i] = ((const tandem_tiny____network_output *)TENSOR_5)[i];
    }
}

int tandem_tiny____network_class(const tandem_tiny____network_output *output) {
    int largest = 0;
    int i;
    for (i = 1; i < TANDEM_TINY____NETWORK_OUTPUT_ELEMENTS; ++i) {
        if (output[i] > output[largest]) largest = i;
    }
    return largest;
}

#ifndef TANDEM_INTEGER_INPUT
void tandem_tiny____network_quantize_input(const float *sample, tandem_tiny____network_input *input) {
    static const tandem_range range = {0, 255};
    const int32_t pixels = TANDEM_TINY____NETWORK_INPUT_ROWS * TANDEM_TINY____NETWORK_INPUT_COLUMNS;
    int32_t channel, pixel;
    for (channel = 0; channel < TANDEM_TINY____NETWORK_INPUT_CHANNELS; ++channel) {
        for (pixel = 0; pixel < pixels; ++pixel) {
            input[pixel * TANDEM_TINY____NETWORK_INPUT_CHANNELS + channel] = (tandem_tiny____network_input)tandem_quantize(
                sample[channel * pixels + pixel], 0x1p+8, range);
        }
    }
}
#endif
