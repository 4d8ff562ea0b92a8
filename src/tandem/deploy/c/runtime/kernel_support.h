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

/* The same for a sum that stays within 2^30, the rounding and any left shift included; shift <= 30. */
static inline int32_t round_shift_narrow(int32_t value, int32_t shift) {
    if (shift <= 0) return value * ((int32_t)1 << -shift);
    return (value + (((int32_t)1 << (shift - 1)) - 1) + ((value >> shift) & 1)) >> shift;
}

static inline int32_t clamp_narrow(int32_t value, tandem_range range) {
    if (value < range.minimum) return range.minimum;
    if (value > range.maximum) return range.maximum;
    return value;
}

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

#endif
