/* tiny__/_network: weights and biases, layer by layer.
   Written by Tandem; change the strategy, not this file. */
#ifndef NETWORK_PARAMETERS_H
#define NETWORK_PARAMETERS_H

#include <stdint.h>

/* conv/1 */
extern const int8_t network_weights_0[18];
extern const int32_t network_bias_0[2];

/* conv2 */
extern const int8_t network_weights_1[2];
extern const int32_t network_bias_1[2];

/* dense */
extern const int16_t network_weights_4[24];
extern const int32_t network_bias_4[3];

#endif
