#include "scales.h"

static int64_t add_scaled(const tandem_scaled_add* step, int32_t left, int32_t right) {
#ifdef TANDEM_HAS_FACTORS
    const float scaled_left = step->left_factor * (float)left;
    const float scaled_right = step->right_factor * (float)right;
    const float sum = scaled_left + scaled_right;
    const float quotient = sum / step->output_factor;
    return round_float(quotient);
#else
    const int64_t sum = rescale_by(step->left_factor, scale_up(left, step->left_shift)) +
                        rescale_by(step->right_factor, scale_up(right, step->left_shift));
    return rescale_by(step->output_factor, sum);
#endif
}

void tandem_run_scaled_add(const tandem_scaled_add* step, const void* left, const void* right, void* output) {
    int32_t i;
    for (i = 0; i < elements_of(&step->output); ++i) {
        const int64_t sum = add_scaled(step, read_element(step->left_type, left, i) - step->left_zero_point,
                                       read_element(step->right_type, right, i) - step->right_zero_point);
        write_element(step->output.type, output, i, clamp(sum + step->zero_point, step->clamp));
    }
}
