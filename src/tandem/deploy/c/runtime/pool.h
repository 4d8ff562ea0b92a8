/* What both poolings share. */
#ifndef TANDEM_POOL_H
#define TANDEM_POOL_H

#include "kernel_support.h"

/* What a pooling window holds of one channel, padding left out. */
typedef struct {
    int64_t sum;
    int32_t maximum;
} pooled;

static inline void pool_element(pooled* result, int32_t element) {
    result->sum += element;
    if (element > result->maximum) result->maximum = element;
}

static inline pooled pool(const tandem_tensor* input, const visible_window* visible, const void* elements,
                          int32_t channel) {
    pooled result = {0, INT32_MIN};
    const int32_t sign_bit = input->type == TANDEM_INT8 ? 0x80 : 0;
    int32_t row, column;
    for (row = 0; row < visible->rows; ++row) {
        int32_t place = visible->first_input + row * visible->next_row + channel;
        if (input->type <= TANDEM_UINT8) {
            const uint8_t* byte = (const uint8_t*)elements + place;
            for (column = visible->columns; column > 0; --column, byte += visible->next_column) {
                pool_element(&result, (*byte ^ sign_bit) - sign_bit);
            }
        } else {
            for (column = visible->columns; column > 0; --column, place += visible->next_column) {
                pool_element(&result, read_element(input->type, elements, place));
            }
        }
    }
    return result;
}

#endif
