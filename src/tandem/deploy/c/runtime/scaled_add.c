#include "scales.h"

#ifdef TANDEM_HAS_FACTORS

static int32_t add_scaled(const tandem_scaled_add* step, int32_t left, int32_t right) {
    const float scaled_left = step->left_factor * (float)left;
    const float scaled_right = step->right_factor * (float)right;
    const float sum = scaled_left + scaled_right;
    const float quotient = sum / step->output_factor;
    return round_float(quotient);
}

#else

static int32_t add_scaled(const tandem_scaled_add* step, int32_t left, int32_t right) {
    const int64_t sum = (int64_t)rescale_by(step->left_factor, scale_up(left, step->left_shift)) +
                        rescale_by(step->right_factor, scale_up(right, step->left_shift));
    return rescale_by(step->output_factor, sum);
}

/* The same by factors below one: operands have at most 8 bits, which the shift keeps within 29, so that
   nothing saturates on the way. */
static void add_below_one(const tandem_scaled_add* step, const void* left, const void* right, void* output) {
    const tandem_scaled_add own = *step; /* which nothing that is stored can change */
    const int32_t elements = elements_of(&own.output);
    const int32_t left_sign = sign_bit_of(own.left_type);
    const int32_t right_sign = sign_bit_of(own.right_type);
    const int32_t unit = (int32_t)1 << own.left_shift;
    const int is_wide = own.output.type > TANDEM_UINT8;
    int32_t i;
    for (i = 0; i < elements; ++i) {
        const int32_t from_left = (read_byte(left, left_sign, i) - own.left_zero_point) * unit;
        const int32_t from_right = (read_byte(right, right_sign, i) - own.right_zero_point) * unit;
        const int32_t sum =
            rescale_narrow(own.left_factor, from_left) + rescale_narrow(own.right_factor, from_right);
        int32_t value = rescale_narrow(own.output_factor, sum) + own.zero_point;
        if (value < own.clamp.minimum) value = own.clamp.minimum;
        if (value > own.clamp.maximum) value = own.clamp.maximum;
        if (is_wide) {
            ((uint16_t*)output)[i] = (uint16_t)value;
        } else {
            ((uint8_t*)output)[i] = (uint8_t)value;
        }
    }
}

#endif

void tandem_run_scaled_add(const tandem_scaled_add* step, const void* left, const void* right, void* output) {
    const int32_t elements = elements_of(&step->output);
    int32_t i;
#ifndef TANDEM_HAS_FACTORS
    if (is_below_one(step->left_factor) && is_below_one(step->right_factor) &&
        is_below_one(step->output_factor)) {
        add_below_one(step, left, right, output);
        return;
    }
#endif
    for (i = 0; i < elements; ++i) {
        const int32_t sum = add_scaled(step, read_element(step->left_type, left, i) - step->left_zero_point,
                                       read_element(step->right_type, right, i) - step->right_zero_point);
        write_element(step->output.type, output, i, clamp((int64_t)sum + step->zero_point, step->clamp));
    }
}
