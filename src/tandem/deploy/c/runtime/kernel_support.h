/* What the kernels share. */
#ifndef TANDEM_KERNEL_SUPPORT_H
#define TANDEM_KERNEL_SUPPORT_H

#include "kernels.h"

/* Negative numbers shift right arithmetically: so do all compilers we know of, and this one. */
typedef char right_shifts_are_arithmetic[((-3) >> 1) == -2 ? 1 : -1];

static inline int32_t read_element(tandem_type type, const void* elements, int32_t index) {
    switch (type) {
    case TANDEM_INT8: return ((const int8_t*)elements)[index];
    case TANDEM_UINT8: return ((const uint8_t*)elements)[index];
    case TANDEM_INT16: return ((const int16_t*)elements)[index];
    case TANDEM_UINT16: return ((const uint16_t*)elements)[index];
    }
    return 0;
}

/* Elements of one byte, without asking for their type each time: by the bit that is their sign, none of
   unsigned ones. */
static inline int32_t sign_bit_of(tandem_type type) { return type == TANDEM_INT8 ? 0x80 : 0; }

static inline int32_t read_byte(const void* elements, int32_t sign_bit, int32_t index) {
    return (((const uint8_t*)elements)[index] ^ sign_bit) - sign_bit;
}

static inline void write_element(tandem_type type, void* elements, int32_t index, int32_t value) {
    switch (type) {
    case TANDEM_INT8: ((int8_t*)elements)[index] = (int8_t)value; break;
    case TANDEM_UINT8: ((uint8_t*)elements)[index] = (uint8_t)value; break;
    case TANDEM_INT16: ((int16_t*)elements)[index] = (int16_t)value; break;
    case TANDEM_UINT16: ((uint16_t*)elements)[index] = (uint16_t)value; break;
    }
}

static inline int64_t scale_up(int64_t value, int32_t shift) { return value * ((int64_t)1 << shift); }

/* value * 2^-shift to nearest, ties to even. Values stay within 2^62. */
static inline int64_t round_shift(int64_t value, int32_t shift) {
    if (shift <= 0) return scale_up(value, -shift);
    if (shift > 62) return 0;
    /* Half of the divisor, less a bit when the quotient is even: a tie then falls to even. */
    return (value + (((int64_t)1 << (shift - 1)) - 1) + ((value >> shift) & 1)) >> shift;
}

static inline int32_t clamp(int64_t value, tandem_range range) {
    if (value < range.minimum) return range.minimum;
    if (value > range.maximum) return range.maximum;
    return (int32_t)value;
}

/* The same without branches, for sums that stay within 2^30, the rounding and any left shift included. */
typedef struct {
    int32_t left_factor; /* 1 where the shift is to the right */
    int32_t half;        /* of the divisor, less one; 0 where nothing is rounded */
    int32_t odd;         /* the bit of the quotient that says whether it is odd; 0 where nothing is rounded */
    int32_t shift;
    tandem_range range;
} rounding;

/* shift <= 30 */
static inline rounding make_rounding(int32_t shift, tandem_range range) {
    rounding by;
    by.left_factor = shift > 0 ? 1 : (int32_t)1 << -shift;
    by.half = shift > 0 ? ((int32_t)1 << (shift - 1)) - 1 : 0;
    by.odd = shift > 0;
    by.shift = shift > 0 ? shift : 0;
    by.range = range;
    return by;
}

static inline int32_t round_narrow(int32_t sum, rounding by) {
    sum *= by.left_factor;
    sum = (sum + by.half + ((sum >> by.shift) & by.odd)) >> by.shift;
    if (sum < by.range.minimum) sum = by.range.minimum;
    if (sum > by.range.maximum) sum = by.range.maximum;
    return sum;
}

/* Most layers round to bytes and saturate at their ends, which takes fewer instructions. */
static inline int is_plain(rounding by, tandem_type type) {
    if (by.odd == 0) return 0;
    if (type == TANDEM_INT8) return by.range.minimum == INT8_MIN && by.range.maximum == INT8_MAX;
    return type == TANDEM_UINT8 && by.range.minimum == 0 && by.range.maximum == UINT8_MAX;
}

static inline uint8_t round_plain(int32_t sum, int32_t half, int32_t shift, int is_signed) {
    sum = (sum + half + ((sum >> shift) & 1)) >> shift;
#if defined(__ARM_FEATURE_SAT) && __ARM_FEATURE_SAT
    if (is_signed) {
        __asm__("ssat %0, #8, %1" : "=r"(sum) : "r"(sum));
    } else {
        __asm__("usat %0, #8, %1" : "=r"(sum) : "r"(sum));
    }
#else
    if (sum < (is_signed ? INT8_MIN : 0)) sum = is_signed ? INT8_MIN : 0;
    if (sum > (is_signed ? INT8_MAX : UINT8_MAX)) sum = is_signed ? INT8_MAX : UINT8_MAX;
#endif
    return (uint8_t)sum;
}

/* What is read where a window leaves the input. */
#ifdef TANDEM_HAS_SCALES
#define PADDING_OF(step) ((step)->padding)
#else
#define PADDING_OF(step) (-(step)->input_offset)
#endif

static inline int32_t elements_of(const tandem_tensor* tensor) {
    return tensor->rows * tensor->columns * tensor->channels;
}

/* The input's row (axis 0) or column (axis 1) under a filter element, maybe outside. */
static inline int32_t position(const tandem_window* window, int32_t axis, int32_t output, int32_t filter) {
    return output * window->strides[axis] - window->pads_begin[axis] + filter * window->dilations[axis];
}

static inline int is_inside(const tandem_tensor* tensor, int32_t row, int32_t column) {
    return row >= 0 && row < tensor->rows && column >= 0 && column < tensor->columns;
}

/* The part of a window that lies inside the input. */
typedef struct {
    int32_t rows, columns;         /* window elements */
    int32_t first_input;           /* the first input element, of channel 0 */
    int32_t first_weight;          /* its weight, of channel 0, where every channel has its own */
    int32_t next_column, next_row; /* from an input element to those below the next window elements */
} visible_window;

/* Window elements from `first` on that lie inside, along one axis. */
static inline int32_t visible_elements(const tandem_window* window, int32_t axis, int32_t output,
                                       int32_t extent, int32_t* first) {
    const int32_t dilation = window->dilations[axis];
    const int32_t start = position(window, axis, output, 0);
    int32_t end = window->kernel[axis];
    *first = start < 0 ? (-start + dilation - 1) / dilation : 0;
    while (end > *first && start + (end - 1) * dilation >= extent) --end;
    return end > *first ? end - *first : 0;
}

/* What a row of outputs shares; find_columns() completes it. */
static inline visible_window find_rows(const tandem_tensor* input, const tandem_window* window, int32_t row) {
    int32_t fy;
    visible_window visible;
    visible.rows = visible_elements(window, 0, row, input->rows, &fy);
    visible.columns = 0;
    visible.first_input = position(window, 0, row, fy) * input->columns * input->channels;
    visible.first_weight = fy * window->kernel[1] * input->channels;
    visible.next_column = window->dilations[1] * input->channels;
    visible.next_row = window->dilations[0] * input->columns * input->channels;
    return visible;
}

static inline visible_window find_columns(visible_window visible, const tandem_tensor* input,
                                          const tandem_window* window, int32_t column) {
    int32_t fx;
    visible.columns = visible_elements(window, 1, column, input->columns, &fx);
    visible.first_input += position(window, 1, column, fx) * input->channels;
    visible.first_weight += fx * input->channels;
    return visible;
}

#endif
