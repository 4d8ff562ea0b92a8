#include "kernel_support.h"

/* Whether all is bytes, and no sum leaves 2^30. */
static int adds_bytes(const tandem_add* step) {
    return step->left_type <= TANDEM_UINT8 && step->right_type <= TANDEM_UINT8 &&
           step->output.type <= TANDEM_UINT8 && step->left_alignment <= 20 && step->right_alignment <= 20 &&
           step->output_shift >= 0 && step->output_shift <= 28;
}

static void add_bytes(const tandem_add* step, const void* left, const void* right, uint8_t* output) {
    const int32_t elements = elements_of(&step->output);
    const rounding by = make_rounding(step->output_shift, step->clamp);
    const int32_t left_sign = sign_bit_of(step->left_type);
    const int32_t right_sign = sign_bit_of(step->right_type);
    const int32_t left_factor = (int32_t)1 << step->left_alignment;
    const int32_t right_factor = (int32_t)1 << step->right_alignment;
    int32_t i;
    for (i = 0; i < elements; ++i) {
        const int32_t sum =
            read_byte(left, left_sign, i) * left_factor + read_byte(right, right_sign, i) * right_factor;
        output[i] = (uint8_t)round_narrow(sum, by);
    }
}

void tandem_run_add(const tandem_add* step, const void* left, const void* right, void* output) {
    int32_t i;
    if (adds_bytes(step)) {
        add_bytes(step, left, right, (uint8_t*)output);
        return;
    }
    for (i = 0; i < elements_of(&step->output); ++i) {
        const int64_t sum = scale_up(read_element(step->left_type, left, i), step->left_alignment) +
                            scale_up(read_element(step->right_type, right, i), step->right_alignment);
        write_element(step->output.type, output, i, clamp(round_shift(sum, step->output_shift), step->clamp));
    }
}
