/* tiny__/_network: weights and biases.
   Written by Tandem; change the strategy, not this file. */
#include "weights.h"

/* conv/1: weights s4.3, the same, packed into 4 bits and taken times 16; bias at 15 fraction bits, with 128 times the sum of the weights */
TANDEM_ALIGNED const uint8_t tandem_tiny____network_weights_0[16] = {81, 174, 115, 140, 0, 0, 0, 0, 2, 2, 210, 208, 13, 0, 0, 0};
const int32_t tandem_tiny____network_bias_0[2] = {-6592, -6944};

/* conv2: weights s8.6, (output channel, filter row, filter column, input channel); bias at 8 fraction bits */
TANDEM_ALIGNED const int8_t tandem_tiny____network_weights_1[2] = {-64, 127};
const int32_t tandem_tiny____network_bias_1[2] = {17, -17};

/* dense: weights s16.15, (output channel, filter row, filter column, input channel); bias at 18 fraction bits */
TANDEM_ALIGNED const int16_t tandem_tiny____network_weights_4[24] = {-32768, -30037, -27306, -24575, -21844, -19113, -16382, -13651, -10920, -8189, -5458, -2727, 4,
    2735, 5466, 8197, 10928, 13659, 16390, 19121, 21852, 24583, 27314, 30045};
const int32_t tandem_tiny____network_bias_4[3] = {1, 2000000, -3};
