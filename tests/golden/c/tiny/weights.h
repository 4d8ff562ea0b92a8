/* tiny__/_network: weights and biases, layer by layer.
   Written by Tandem; change the strategy, not this file. */
#ifndef TANDEM_TINY____NETWORK_WEIGHTS_H
#define TANDEM_TINY____NETWORK_WEIGHTS_H

#include "kernels.h"

/* conv/1 */
extern const uint8_t tandem_tiny____network_weights_0[16];
extern const int32_t tandem_tiny____network_bias_0[2];

/* conv2 */
extern const int8_t tandem_tiny____network_weights_1[2];
extern const int32_t tandem_tiny____network_bias_1[2];

/* dense */
extern const int16_t tandem_tiny____network_weights_4[24];
extern const int32_t tandem_tiny____network_bias_4[3];

#endif
