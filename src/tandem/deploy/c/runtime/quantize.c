#include "kernel_support.h"

#ifndef TANDEM_INTEGER_INPUT

int32_t tandem_quantize(float value, double scale, tandem_range range) {
    double scaled;
    int32_t floor;
    if (value != value) return 0;
    scaled = (double)value * scale;
    if (scaled <= range.minimum) return range.minimum;
    if (scaled >= range.maximum) return range.maximum;
    floor = (int32_t)scaled;
    if (floor > scaled) --floor;
    if (scaled - floor > 0.5 || (!(scaled - floor < 0.5) && (floor & 1) != 0)) ++floor;
    return floor;
}

#endif
