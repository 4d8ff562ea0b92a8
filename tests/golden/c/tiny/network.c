/* tiny__/_network: its steps, their tables and their memory.
   Written by Tandem; change the strategy, not this file. */
#include "network.h"

#include "kernels.h"
#include "parameters.h"

/* The tensors between steps. A place is taken again once its tensor has been read for the last
   time.

       bytes            steps    tensor
           0 -      31    0 - 1   relu 2x4x4 u4.2
          32 -      63    1 - 2   sum 2x4x4 s8.5
           0 -       7    2 - 3   pooled 2x2x2 s8.5
           8 -      15    3 - 4   flat 8x1x1 s8.5
           0 -       5    4 - 4   logits 3x1x1 s16.9
*/
static int16_t arena[NETWORK_ARENA_BYTES / 2];

#define TENSOR_1 (arena + 0)
#define TENSOR_2 (arena + 16)
#define TENSOR_3 (arena + 0)
#define TENSOR_4 (arena + 4)
#define TENSOR_5 (arena + 0)

static int16_t patch[NETWORK_PATCH_BYTES / 2];

/* conv/1: weights s4.3, reads u8.8, from input 1x4x4 u8.8 to relu 2x4x4 u4.2 */
static const tandem_layer layer_0 = {
    .input = {TANDEM_UINT8, 4, 4, 1},
    .output = {TANDEM_UINT8, 4, 4, 2},
    .window = {{3, 3}, {1, 1}, {1, 1}, {1, 1}},
    .groups = 1,
    .requantizes_input = 0,
    .input_shift = 0,
    .input_range = {0, 255},
    .input_offset = 0,
    .weights_8 = network_weights_0,
    .bias_32 = network_bias_0,
    .sum_bits = 32,
    .output_shift = 9,
    .clamp = {0, 15},
};

/* conv2: weights s8.6, reads u4.2, from relu 2x4x4 u4.2 and relu 2x4x4 u4.2 to sum 2x4x4 s8.5 */
static const tandem_layer layer_1 = {
    .input = {TANDEM_UINT8, 4, 4, 2},
    .output = {TANDEM_INT8, 4, 4, 2},
    .window = {{1, 1}, {1, 1}, {1, 1}, {0, 0}},
    .groups = 2,
    .requantizes_input = 0,
    .input_shift = 0,
    .input_range = {0, 15},
    .input_offset = 0,
    .weights_8 = network_weights_1,
    .bias_32 = network_bias_1,
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
static const tandem_layer layer_4 = {
    .input = {TANDEM_INT8, 1, 1, 8},
    .output = {TANDEM_INT16, 1, 1, 3},
    .window = {{1, 1}, {1, 1}, {1, 1}, {0, 0}},
    .groups = 1,
    .requantizes_input = 1,
    .input_shift = 2,
    .input_range = {-32, 31},
    .input_offset = 0,
    .weights_16 = network_weights_4,
    .bias_32 = network_bias_4,
    .sum_bits = 32,
    .output_shift = 9,
    .clamp = {-32768, 32767},
};

void network_quantize_input(const float *sample, network_input *input) {
    static const tandem_range range = {0, 255};
    const int32_t pixels = NETWORK_INPUT_ROWS * NETWORK_INPUT_COLUMNS;
    int32_t channel, pixel;
    for (channel = 0; channel < NETWORK_INPUT_CHANNELS; ++channel) {
        for (pixel = 0; pixel < pixels; ++pixel) {
            input[pixel * NETWORK_INPUT_CHANNELS + channel] =
                (network_input)tandem_quantize(sample[channel * pixels + pixel], 0x1p+8, range);
        }
    }
}

int network_run(const network_input *input, int32_t *output) {
    int32_t largest = 0;
    int32_t i;
    tandem_run_layer(&layer_0, input, 0, TENSOR_1, patch);
    tandem_run_layer(&layer_1, TENSOR_1, TENSOR_1, TENSOR_2, patch);
    tandem_run_max_pool(&max_pool_2, TENSOR_2, TENSOR_3);
    tandem_run_flatten(&flatten_3, TENSOR_3, TENSOR_4);
    tandem_run_layer(&layer_4, TENSOR_4, 0, TENSOR_5, patch);
    for (i = 0; i < NETWORK_OUTPUT_ELEMENTS; ++i) {
        output[i] = ((const int16_t *)TENSOR_5)[i];
        if (output[i] > output[largest]) largest = i;
    }
    return (int)largest;
}
