/* What both poolings share. */
#ifndef TANDEM_POOL_H
#define TANDEM_POOL_H

#include "kernel_support.h"

/* What a pooling window holds of one channel, padding left out. */
typedef struct {
    int32_t count;
    int64_t sum;
    int32_t maximum;
} pooled;

static inline pooled pool(const tandem_tensor* input, const tandem_window* window, const void* elements,
                          int32_t row, int32_t column, int32_t channel) {
    pooled result = {0, 0, INT32_MIN};
    int32_t fy, fx;
    for (fy = 0; fy < window->kernel[0]; ++fy) {
        for (fx = 0; fx < window->kernel[1]; ++fx) {
            const int32_t y = position(window, 0, row, fy);
            const int32_t x = position(window, 1, column, fx);
            if (is_inside(input, y, x)) {
                const int32_t element =
                    read_element(input->type, elements, (y * input->columns + x) * input->channels + channel);
                ++result.count;
                result.sum += element;
                if (element > result.maximum) result.maximum = element;
            }
        }
    }
    return result;
}

#endif
