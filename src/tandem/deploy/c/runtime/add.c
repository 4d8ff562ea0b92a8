#include "kernel_support.h"

void tandem_run_add(const tandem_add* step, const void* left, const void* right, void* output) {
    int32_t i;
    for (i = 0; i < elements_of(&step->output); ++i) {
        const int64_t sum = scale_up(read_element(step->left_type, left, i), step->left_alignment) +
                            scale_up(read_element(step->right_type, right, i), step->right_alignment);
        write_element(step->output.type, output, i, clamp(round_shift(sum, step->output_shift), step->clamp));
    }
}
