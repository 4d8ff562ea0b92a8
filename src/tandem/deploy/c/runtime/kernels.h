/* The arithmetic of a quantised network: one description and one function for each kind of step.
   Nothing here knows the network; its numbers are in network.c and weights.c.

   Tensors hold integers i that stand for i * 2^-fraction_bits, in the order (row, column, channel).
   All shifts below are differences of fraction bits: positive ones round to nearest, ties to even,
   negative ones multiply.

   With TANDEM_HAS_SCALES tensors have scales in place of fraction bits: i stands for scale * (i - zero
   point). Sums become integers by factors in float32 (TANDEM_HAS_FACTORS), or by multipliers of 32 bits,
   whose products are rounded once, or twice as gemmlowp does (TANDEM_ROUNDS_TWICE). */
#ifndef TANDEM_KERNELS_H
#define TANDEM_KERNELS_H

#include <stdint.h>

/* Words are read from such arrays; elsewhere than on cores that need it, this is a matter of speed. */
#if defined(__GNUC__)
#define TANDEM_ALIGNED __attribute__((aligned(4)))
#else
#define TANDEM_ALIGNED
#endif

typedef enum { TANDEM_INT8, TANDEM_UINT8, TANDEM_INT16, TANDEM_UINT16 } tandem_type;

typedef struct {
    tandem_type type;
    int32_t rows;
    int32_t columns;
    int32_t channels;
} tandem_tensor;

typedef struct {
    int32_t minimum;
    int32_t maximum;
} tandem_range;

/* A sliding window; each pair is (rows, columns). */
typedef struct {
    int32_t kernel[2];
    int32_t strides[2];
    int32_t dilations[2];
    int32_t pads_begin[2];
} tandem_window;

#ifdef TANDEM_HAS_SCALES

#ifdef TANDEM_HAS_FACTORS
typedef float tandem_factor;
#else
/* multiplier * 2^(exponent - 31) */
typedef struct {
    int32_t multiplier;
    int32_t exponent;
} tandem_factor;
#endif

/* What makes an integer of a sum: a factor for each output channel, or one for all, and the zero point. */
typedef struct {
    const tandem_factor* factors;
    int32_t is_by_channel;
    int32_t zero_point;
} tandem_scale;

#endif

/* A convolution whose sums, residual included, fit 32 bits, with weights of at most 8 bits; a dense
   layer is one of 1x1 on a vector. Two windows and two output channels are computed together. */
typedef struct {
    tandem_tensor input;
    tandem_tensor output;
    tandem_window window;
    /* Whether inputs are shifted and clamped as they are read, and how. */
    int32_t requantizes_input;
    int32_t input_shift;
    tandem_range input_range;
    /* Taken off each input, and whether it then fits 8 signed bits; the bias makes up for it. */
    int32_t input_offset;
    int32_t reads_bytes;
    /* Rows of `row_elements` weights of 8, 4 or 2 bits, one for each output channel, in the order
       (filter row, filter column, input channel), filled up with zeros to a multiple of 8, with 2 bits
       of 16. Narrow weights stand in the upper bits of a byte once unpacked, which makes them 16 or 64
       times as large; bias and shifts make up for it. Of four bytes with 4 bits a weight, the lower
       halves are weights 0 to 3 and the upper halves 4 to 7; with 2 bits likewise in four parts. */
    const uint8_t* weights;
    int32_t row_elements;
    int32_t weight_bits;
    const int32_t* bias;
    /* Left shifts that align the sum with the residual, a tensor shaped like the output. */
    tandem_type residual_type;
    int32_t sum_alignment;
    int32_t residual_alignment;
    int32_t output_shift;
    tandem_range clamp;
#ifdef TANDEM_HAS_SCALES
    /* What padding is, less the offset; how far left sums stand; what they become. */
    int32_t padding;
    int32_t sum_shift;
    tandem_scale scale;
#endif
} tandem_layer;

/* A convolution of each channel by itself; otherwise as above, with weights of 8 bits in the order
   (filter row, filter column, channel), no input to requantise and no residual. */
typedef struct {
    tandem_tensor input;
    tandem_tensor output;
    tandem_window window;
    const int8_t* weights;
    const int32_t* bias;
    /* Rows that are kept in a buffer of so many and one while the output is written over the input. */
    int32_t kept_rows;
    int32_t output_shift;
    tandem_range clamp;
#ifdef TANDEM_HAS_SCALES
    /* What padding is; the bias holds its products with all weights, taken off. */
    int32_t padding;
    tandem_scale scale;
#endif
} tandem_depthwise;

/* A convolution of any width and any groups. */
typedef struct {
    tandem_tensor input;
    tandem_tensor output;
    tandem_window window;
    int32_t groups;
    /* Whether inputs are shifted and clamped as they are read, and how. */
    int32_t requantizes_input;
    int32_t input_shift;
    tandem_range input_range;
    /* Taken off each input so that it fits 16 signed bits; the bias makes up for it. */
    int32_t input_offset;
    /* Weights are (output channel, filter row, filter column, input channel of its group). One of
       each pair of arrays is used, the other is 0. */
    const int8_t* weights_8;
    const int16_t* weights_16;
    const int32_t* bias_32;
    const int64_t* bias_64;
    /* Width of the sum over the window in bits: 32 where no input can overflow it, else 64. */
    int32_t sum_bits;
    /* Left shifts that align the sum with the residual, a tensor shaped like the output. */
    tandem_type residual_type;
    int32_t sum_alignment;
    int32_t residual_alignment;
    int32_t output_shift;
    tandem_range clamp;
#ifdef TANDEM_HAS_SCALES
    /* What padding is, less the offset; what sums become. */
    int32_t padding;
    tandem_scale scale;
#endif
} tandem_wide_layer;

typedef struct {
    tandem_type left_type;
    tandem_type right_type;
    tandem_tensor output;
    int32_t left_alignment;
    int32_t right_alignment;
    int32_t output_shift;
    tandem_range clamp;
} tandem_add;

typedef struct {
    tandem_tensor input;
    tandem_tensor output;
    tandem_window window;
    int32_t output_shift;
    tandem_range clamp;
} tandem_max_pool;

/* mean = sum * 2^sum_shift / (count * 2^count_shift), rounded once. */
typedef struct {
    tandem_tensor input;
    tandem_tensor output;
    tandem_window window;
    int32_t counts_padding;
    int32_t sum_shift;
    int32_t count_shift;
    tandem_range clamp;
} tandem_average_pool;

typedef struct {
    tandem_type input_type;
    tandem_tensor output;
    int32_t output_shift;
    tandem_range clamp;
} tandem_requantize;

/* Into a vector ordered (channel, row, column). */
typedef struct {
    tandem_tensor input;
} tandem_flatten;

/* Each output is the input at offset + stride * position along (channels, rows, columns), or `fill`
   where that lies outside. */
typedef struct {
    tandem_tensor input;
    tandem_tensor output;
    int32_t offsets[3];
    int32_t strides[3];
    int32_t fill;
} tandem_select;

/* One input of several, whose first element is the output's at `offsets` (channel, row, column). */
typedef struct {
    tandem_tensor input;
    tandem_tensor output;
    int32_t offsets[3];
    int32_t output_shift;
    tandem_range clamp;
} tandem_concat;

#ifdef TANDEM_HAS_SCALES

/* With factors (left * l + right * r) / output. With multipliers l and r, times 2^left_shift, by theirs, and
   their sum by that of the output. l and r are less their zero points. */
typedef struct {
    tandem_type left_type;
    tandem_type right_type;
    tandem_tensor output;
    int32_t left_zero_point;
    int32_t right_zero_point;
    int32_t left_shift;
    tandem_factor left_factor;
    tandem_factor right_factor;
    tandem_factor output_factor;
    int32_t zero_point;
    tandem_range clamp;
} tandem_scaled_add;

/* The mean of the stored integers, ties away from zero, where nothing is scaled; else that of the integers
   less the zero point: with a factor mean * factor, with a multiplier sum * factor / count. */
typedef struct {
    tandem_tensor input;
    tandem_tensor output;
    tandem_window window;
    int32_t counts_padding;
    int32_t input_zero_point;
    int32_t is_scaled;
    tandem_factor factor;
    int32_t zero_point;
    tandem_range clamp;
} tandem_scaled_average_pool;

typedef struct {
    tandem_type input_type;
    tandem_tensor output;
    int32_t input_zero_point;
    tandem_scale scale;
    tandem_range clamp;
} tandem_scaled_requantize;

/* As tandem_concat; an input that has the output's scale, which then has no factors, is copied. */
typedef struct {
    tandem_tensor input;
    tandem_tensor output;
    int32_t offsets[3];
    int32_t input_zero_point;
    tandem_scale scale;
    tandem_range clamp;
} tandem_scaled_concat;

#endif

/* Outputs may begin where the input does, where that is read for the last time: an element is written when
   all that is read later lies behind it. Padding and larger outputs forbid it. `residual` is 0 where the
   layer has none. `patch` holds two windows of a layer, each of `row_elements`, or one window of one group of
   a wide layer, and starts at a multiple of 4 bytes. */
void tandem_run_layer(const tandem_layer* step, const void* input, const void* residual, void* output,
                      int16_t* patch);
void tandem_run_wide_layer(const tandem_wide_layer* step, const void* input, const void* residual,
                           void* output, int16_t* patch);
/* `rows` is the buffer of rows, or 0 where the output lies elsewhere than the input. */
void tandem_run_depthwise(const tandem_depthwise* step, const void* input, void* output, void* rows);
void tandem_run_add(const tandem_add* step, const void* left, const void* right, void* output);
void tandem_run_max_pool(const tandem_max_pool* step, const void* input, void* output);
void tandem_run_average_pool(const tandem_average_pool* step, const void* input, void* output);
void tandem_run_requantize(const tandem_requantize* step, const void* input, void* output);
void tandem_run_flatten(const tandem_flatten* step, const void* input, void* output);
void tandem_run_select(const tandem_select* step, const void* input, void* output);
void tandem_run_concat(const tandem_concat* step, const void* input, void* output);
#ifdef TANDEM_HAS_SCALES
void tandem_run_scaled_add(const tandem_scaled_add* step, const void* left, const void* right, void* output);
void tandem_run_scaled_average_pool(const tandem_scaled_average_pool* step, const void* input, void* output);
void tandem_run_scaled_requantize(const tandem_scaled_requantize* step, const void* input, void* output);
void tandem_run_scaled_concat(const tandem_scaled_concat* step, const void* input, void* output);
#endif

/* The bytes of an LZ4 block of `count` bytes, and their number; -1 where the block is damaged or holds more
   than `capacity`. Never reads or writes beyond either. */
int32_t tandem_decode_lz4(const uint8_t* from, int32_t count, uint8_t* to, int32_t capacity);

/* One float in steps of 1 / `scale`: to nearest, ties to even, saturated; NaN becomes 0. */
int32_t tandem_quantize(float value, double scale, tandem_range range);
/* One float in steps of `step` from the zero point on: the quotient to nearest, ties to even, saturated; NaN
   becomes the zero point. */
int32_t tandem_quantize_scaled(float value, double step, int32_t zero_point, tandem_range range);

#endif
