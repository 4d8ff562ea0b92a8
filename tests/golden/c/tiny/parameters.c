/* tiny__/_network: weights (output channel, filter row, filter column, input channel) and biases.
   Written by Tandem; change the strategy, not this file. */
#include "parameters.h"

/* conv/1: weights s4.3; bias at 11 fraction bits */
const int8_t network_weights_0[18] = {1, -2, 3, -4, 5, -6, 7, -8, 0, 2, 2, 2, 0, 0, 0, -3, -3, -3};
const int32_t network_bias_0[2] = {100, -50};

/* conv2: weights s8.6; bias at 8 fraction bits */
const int8_t network_weights_1[2] = {-64, 127};
const int32_t network_bias_1[2] = {17, -17};

/* dense: weights s16.15; bias at 18 fraction bits */
const int16_t network_weights_4[24] = {-32768, -30037, -27306, -24575, -21844, -19113, -16382, -13651, -10920, -8189, -5458, -2727, 4,
    2735, 5466, 8197, 10928, 13659, 16390, 19121, 21852, 24583, 27314, 30045};
const int32_t network_bias_4[3] = {1, 2000000, -3};
