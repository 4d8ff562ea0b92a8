/* Sums in other scales: by factors in float32, or by multipliers as TensorFlow Lite has them. Compilers must
   not contract float arithmetic into fused operations: ISO modes (-std=c99) or -ffp-contract=off. */
#ifndef TANDEM_SCALES_H
#define TANDEM_SCALES_H

#include "kernel_support.h"

#ifdef TANDEM_HAS_SCALES

#if defined(__GNUC__)
#define TANDEM_ONE_FUNCTION __attribute__((noinline, unused))
#else
#define TANDEM_ONE_FUNCTION
#endif

#ifdef TANDEM_HAS_FACTORS

typedef int64_t tandem_sum;

/* The nearest integer, ties to even. What is beyond 2^20 saturates there, far outside every tensor. */
static inline int32_t round_float(float value) {
    const float limit = 1048576.0F;
    int32_t whole;
    float rest;
    if (value >= limit) return 1048576;
    if (value <= -limit) return -1048576;
    whole = (int32_t)value; /* towards zero, so that the rest, exact, has the sign of the value */
    rest = value - (float)whole;
    if (rest > 0.5F || (rest == 0.5F && (whole & 1) != 0)) ++whole;
    if (rest < -0.5F || (rest == -0.5F && (whole & 1) != 0)) --whole;
    return whole;
}

static inline int32_t rescale_by(tandem_factor factor, int64_t sum) {
    const float rounded = (float)sum;
    const float product = rounded * factor;
    return round_float(product);
}

#else

static inline int32_t saturate_32(int64_t value) {
    const tandem_range range = {INT32_MIN, INT32_MAX};
    return clamp(value, range);
}

/* By any factor. */
static TANDEM_ONE_FUNCTION int32_t rescale_wide(tandem_factor factor, int64_t sum) {
#ifdef TANDEM_ROUNDS_TWICE
    const int32_t left = factor.exponent > 0 ? factor.exponent : 0;
    const int32_t right = factor.exponent < 0 ? -factor.exponent : 0;
    const int32_t high = saturate_32(
        (saturate_32(scale_up(sum, left)) * (int64_t)factor.multiplier + ((int64_t)1 << 30)) >> 31);
    /* Ties away from zero: up where it is positive, else down. */
    return (int32_t)(right == 0 ? high : (high + ((int64_t)1 << (right - 1)) - (high < 0)) >> right);
#else
    const int32_t shift = 31 - factor.exponent;
    return saturate_32((sum * factor.multiplier + ((int64_t)1 << (shift - 1))) >> shift);
#endif
}

/* By a factor below one, as nearly all are, a sum of 32 bits: nothing saturates, and one product is all that
   takes 64 bits. Its upper half is shifted to the last bit but one, which says how to round. */
static inline int32_t rescale_narrow(tandem_factor factor, int32_t sum) {
    const int64_t product = (int64_t)sum * factor.multiplier;
    const int32_t right = -factor.exponent;
    int32_t doubled;
#ifdef TANDEM_ROUNDS_TWICE
    const int32_t high = (int32_t)((product + ((int64_t)1 << 30)) >> 31);
    if (right == 0) return high;
    doubled = (high + (high >> 31)) >> (right - 1); /* ties away from zero */
#else
    if (right == 0) return (int32_t)((product + ((int64_t)1 << 30)) >> 31);
    doubled = (int32_t)(product >> 31) >> (right - 1);
#endif
    return (doubled >> 1) + (doubled & 1);
}

static inline int is_below_one(tandem_factor factor) { return factor.exponent <= 0 && factor.exponent > -32; }

static inline int32_t rescale_by(tandem_factor factor, int64_t sum) {
    const int is_narrow = is_below_one(factor) && sum == (int32_t)sum;
    return is_narrow ? rescale_narrow(factor, (int32_t)sum) : rescale_wide(factor, sum);
}

/* What a layer adds up fits. */
typedef int32_t tandem_sum;

#endif

/* The output's integer for a sum of a channel. Not a copy of it wherever a kernel ends a sum. */
static TANDEM_ONE_FUNCTION int32_t rescale(const tandem_scale* scale, const tandem_range* range,
                                           tandem_sum sum, int32_t channel) {
    const tandem_factor factor = scale->factors[scale->is_by_channel ? channel : 0];
    return clamp(rescale_by(factor, sum) + (int64_t)scale->zero_point, *range);
}

#endif

#endif
