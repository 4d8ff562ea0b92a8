#include "pool.h"

static void raise_signed(const int8_t* elements, int8_t* maxima, int32_t count) {
    int32_t i;
    for (i = 0; i < count; ++i) {
        if (elements[i] > maxima[i]) maxima[i] = elements[i];
    }
}

static void raise_unsigned(const uint8_t* elements, uint8_t* maxima, int32_t count) {
    int32_t i;
    for (i = 0; i < count; ++i) {
        if (elements[i] > maxima[i]) maxima[i] = elements[i];
    }
}

/* Where input and output are of one 8-bit type, the maxima grow in the output, all channels of a place at
   once. They begin at the least integer of the type: a clamp from below comes at the end. */
static void pool_bytes(const tandem_max_pool* step, const void* input, int32_t row, int32_t column,
                       void* place) {
    const int32_t channels = step->input.channels;
    const int is_signed = step->input.type == TANDEM_INT8;
    int8_t* const bytes = place;
    int32_t fy, fx, i;
    for (i = 0; i < channels; ++i) bytes[i] = is_signed ? INT8_MIN : 0;
    for (fy = 0; fy < step->window.kernel[0]; ++fy) {
        for (fx = 0; fx < step->window.kernel[1]; ++fx) {
            const int32_t y = position(&step->window, 0, row, fy);
            const int32_t x = position(&step->window, 1, column, fx);
            const int32_t first = (y * step->input.columns + x) * channels;
            if (!is_inside(&step->input, y, x)) continue;
            if (is_signed) {
                raise_signed((const int8_t*)input + first, place, channels);
            } else {
                raise_unsigned((const uint8_t*)input + first, place, channels);
            }
        }
    }
    for (i = 0; i < channels; ++i) {
        const int32_t maximum = read_element(step->input.type, place, i);
        write_element(step->input.type, place, i, clamp_narrow(maximum, step->clamp));
    }
}

void tandem_run_max_pool(const tandem_max_pool* step, const void* input, void* output) {
    const int is_in_bytes =
        step->input.type == step->output.type && step->input.type <= TANDEM_UINT8 && step->output_shift == 0;
    int32_t index = 0;
    int32_t row, column, channel;
    for (row = 0; row < step->output.rows; ++row) {
        for (column = 0; column < step->output.columns; ++column) {
            if (is_in_bytes) {
                pool_bytes(step, input, row, column, (int8_t*)output + index);
                index += step->output.channels;
                continue;
            }
            for (channel = 0; channel < step->output.channels; ++channel) {
                const pooled window = pool(&step->input, &step->window, input, row, column, channel);
                write_element(step->output.type, output, index,
                              clamp(round_shift(window.maximum, step->output_shift), step->clamp));
                ++index;
            }
        }
    }
}
