#include "kernel_support.h"

#ifndef TANDEM_INTEGER_INPUT

int32_t tandem_quantize_scaled(float value, double step, int32_t zero_point, tandem_range range) {
    double scaled;
    int32_t floor;
    if (value != value) return zero_point;
    scaled = (double)value / step;
    if (scaled <= range.minimum - zero_point) return range.minimum;
    if (scaled >= range.maximum - zero_point) return range.maximum;
    floor = (int32_t)scaled;
    if (floor > scaled) --floor;
    if (scaled - floor > 0.5 || (!(scaled - floor < 0.5) && (floor & 1) != 0)) ++floor;
    return floor + zero_point;
}

#endif
