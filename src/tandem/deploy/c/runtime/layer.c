#include "kernel_support.h"

/* Sums of two rows of weights with two windows. */
typedef struct {
    int32_t upper_left, upper_right, lower_left, lower_right;
} block_sums;

/* Weights and inputs meet in quads: four weights, a byte each, and four inputs, 16 bits each. On Cortex
   cores with the DSP extension a quad of inputs lies in the order 0, 2, 1, 3: so do the bytes of a word
   come out when they are widened in pairs, and no pair must be packed. */
#if defined(__ARM_FEATURE_DSP) && __ARM_FEATURE_DSP

typedef uint32_t __attribute__((may_alias, aligned(1))) word_anywhere;

static inline uint32_t load_word(const void* from) { return *(const word_anywhere*)from; }
static inline void store_word(void* to, uint32_t word) { *(word_anywhere*)to = word; }

static inline uint32_t signed_even_bytes(uint32_t word) {
    uint32_t pair;
    __asm__("sxtb16 %0, %1" : "=r"(pair) : "r"(word));
    return pair;
}

static inline uint32_t signed_odd_bytes(uint32_t word) {
    uint32_t pair;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(word));
    return pair;
}

static inline uint32_t unsigned_even_bytes(uint32_t word) { return word & 0x00FF00FFU; }
static inline uint32_t unsigned_odd_bytes(uint32_t word) { return (word >> 8) & 0x00FF00FFU; }

static inline int32_t multiply_pairs(uint32_t weights, uint32_t inputs, int32_t sum) {
    __asm__("smlad %0, %1, %2, %0" : "+r"(sum) : "r"(weights), "r"(inputs));
    return sum;
}

/* The four bytes that hold part `part` of a word of weights. */
static inline uint32_t part_of(uint32_t word, int bits, int part) {
    if (bits == 8) return word;
    if (bits == 4) return (part == 0 ? word << 4 : word) & 0xF0F0F0F0U;
    return (word << (6 - 2 * part)) & 0xC0C0C0C0U;
}

/* Inputs are loaded one pair at a time, so that all else stays in registers. */
static inline __attribute__((always_inline)) void
multiply_quads(uint32_t upper, uint32_t lower, const int16_t* left, const int16_t* right, block_sums* sums) {
    const uint32_t upper_even = signed_even_bytes(upper);
    const uint32_t lower_even = signed_even_bytes(lower);
    uint32_t inputs = load_word(left);
    sums->upper_left = multiply_pairs(upper_even, inputs, sums->upper_left);
    sums->lower_left = multiply_pairs(lower_even, inputs, sums->lower_left);
    inputs = load_word(right);
    sums->upper_right = multiply_pairs(upper_even, inputs, sums->upper_right);
    sums->lower_right = multiply_pairs(lower_even, inputs, sums->lower_right);
    upper = signed_odd_bytes(upper);
    lower = signed_odd_bytes(lower);
    inputs = load_word(left + 2);
    sums->upper_left = multiply_pairs(upper, inputs, sums->upper_left);
    sums->lower_left = multiply_pairs(lower, inputs, sums->lower_left);
    inputs = load_word(right + 2);
    sums->upper_right = multiply_pairs(upper, inputs, sums->upper_right);
    sums->lower_right = multiply_pairs(lower, inputs, sums->lower_right);
}

static inline __attribute__((always_inline)) void multiply(const uint8_t* upper, const uint8_t* lower,
                                                           const int16_t* left, const int16_t* right,
                                                           int32_t elements, int bits, block_sums* sums) {
    block_sums local = *sums;
    const uint8_t* const end = upper + elements * bits / 8;
    while (upper != end) {
        /* Rows are a multiple of eight elements: one word of 4-bit weights, two of 8-bit ones. */
        uint32_t upper_word = load_word(upper);
        uint32_t lower_word = load_word(lower);
        multiply_quads(part_of(upper_word, bits, 0), part_of(lower_word, bits, 0), left, right, &local);
        if (bits == 8) {
            upper_word = load_word(upper + 4);
            lower_word = load_word(lower + 4);
        }
        multiply_quads(part_of(upper_word, bits, 1), part_of(lower_word, bits, 1), left + 4, right + 4,
                       &local);
        if (bits == 2) {
            multiply_quads(part_of(upper_word, bits, 2), part_of(lower_word, bits, 2), left + 8, right + 8,
                           &local);
            multiply_quads(part_of(upper_word, bits, 3), part_of(lower_word, bits, 3), left + 12, right + 12,
                           &local);
        }
        upper += bits == 8 ? 8 : 4;
        lower += bits == 8 ? 8 : 4;
        left += bits == 2 ? 16 : 8;
        right += bits == 2 ? 16 : 8;
    }
    *sums = local;
}

/* Widens neighbouring 8-bit inputs, a multiple of four, straight into the order of quads. */
static void copy_quads(const tandem_layer* step, const uint8_t* inputs, int32_t count, int16_t* patch) {
    const uint8_t* const end = inputs + count;
    const int is_signed = step->input.type == TANDEM_INT8;
    for (; inputs != end; inputs += 4, patch += 4) {
        const uint32_t word = load_word(inputs);
        store_word(patch, is_signed ? signed_even_bytes(word) : unsigned_even_bytes(word));
        store_word(patch + 2, is_signed ? signed_odd_bytes(word) : unsigned_odd_bytes(word));
    }
}

static int copies_quads(const tandem_layer* step) {
    return !step->requantizes_input && step->input.type <= TANDEM_UINT8 && step->input.channels % 4 == 0;
}

static void order_quads(int16_t* patch, int32_t elements) {
    const int16_t* const end = patch + elements;
    for (; patch != end; patch += 4) {
        const int16_t second = patch[1];
        patch[1] = patch[2];
        patch[2] = second;
    }
}

#else

/* Part `part` of a byte of weights, in the upper bits. */
static inline int32_t part_of(uint8_t byte, int bits, int part) {
    return (int8_t)((byte << (8 - bits - bits * part)) & (0xFF00 >> bits) & 0xFF);
}

static inline void multiply(const uint8_t* upper, const uint8_t* lower, const int16_t* left,
                            const int16_t* right, int32_t elements, int bits, block_sums* sums) {
    block_sums local = *sums;
    const uint8_t* const end = upper + elements * bits / 8;
    for (; upper != end; upper += 4, lower += 4) {
        int part, i;
        for (part = 0; part < 8 / bits; ++part) {
            for (i = 0; i < 4; ++i) {
                const int32_t upper_weight = part_of(upper[i], bits, part);
                const int32_t lower_weight = part_of(lower[i], bits, part);
                local.upper_left += upper_weight * left[i];
                local.upper_right += upper_weight * right[i];
                local.lower_left += lower_weight * left[i];
                local.lower_right += lower_weight * right[i];
            }
            left += 4;
            right += 4;
        }
    }
    *sums = local;
}

static int copies_quads(const tandem_layer* step) {
    (void)step;
    return 0;
}

static void copy_quads(const tandem_layer* step, const uint8_t* inputs, int32_t count, int16_t* patch) {
    (void)step, (void)inputs, (void)count, (void)patch;
}

static void order_quads(int16_t* patch, int32_t elements) { (void)patch, (void)elements; }

#endif

/* One function for each width, so that all it works on stays in registers: fourteen of them, which GCC's
   scheduling before their allocation would spill. */
#if defined(__clang__)
#define OWN_FUNCTION __attribute__((noinline))
#elif defined(__GNUC__)
#define OWN_FUNCTION __attribute__((noinline, optimize("no-schedule-insns", "no-unroll-loops")))
#else
#define OWN_FUNCTION
#endif
#define DEFINE_MULTIPLY(bits)                                                                                \
    static OWN_FUNCTION void multiply_##bits(const uint8_t* upper, const uint8_t* lower,                     \
                                             const int16_t* left, const int16_t* right, int32_t elements,    \
                                             block_sums* sums) {                                             \
        multiply(upper, lower, left, right, elements, bits, sums);                                           \
    }
#ifdef TANDEM_HAS_WEIGHTS_8
DEFINE_MULTIPLY(8)
#endif
#ifdef TANDEM_HAS_WEIGHTS_4
DEFINE_MULTIPLY(4)
#endif
#ifdef TANDEM_HAS_WEIGHTS_2
DEFINE_MULTIPLY(2)
#endif

static void multiply_rows(int32_t bits, const uint8_t* upper, const uint8_t* lower, const int16_t* left,
                          const int16_t* right, int32_t elements, block_sums* sums) {
    switch (bits) {
#ifdef TANDEM_HAS_WEIGHTS_8
    case 8: multiply_8(upper, lower, left, right, elements, sums); break;
#endif
#ifdef TANDEM_HAS_WEIGHTS_4
    case 4: multiply_4(upper, lower, left, right, elements, sums); break;
#endif
#ifdef TANDEM_HAS_WEIGHTS_2
    case 2: multiply_2(upper, lower, left, right, elements, sums); break;
#endif
    default: break;
    }
}

/* Copies neighbouring inputs into the patch, as the multipliers want them. */
static void copy_inputs(const tandem_layer* step, const void* input, int32_t first, int32_t count,
                        int16_t* patch) {
    int32_t i;
    if (copies_quads(step)) {
        copy_quads(step, (const uint8_t*)input + first, count, patch);
        return;
    }
    if (step->requantizes_input) {
        for (i = 0; i < count; ++i) {
            const int32_t element = read_element(step->input.type, input, first + i);
            patch[i] = (int16_t)clamp(round_shift(element, step->input_shift), step->input_range);
        }
    } else if (step->input.type == TANDEM_INT8) {
        const int8_t* elements = (const int8_t*)input + first;
        for (i = 0; i < count; ++i) patch[i] = elements[i];
    } else if (step->input.type == TANDEM_UINT8) {
        const uint8_t* elements = (const uint8_t*)input + first;
        for (i = 0; i < count; ++i) patch[i] = elements[i];
    } else { /* unsigned ones fit 15 bits */
        const int16_t* elements = (const int16_t*)input + first;
        for (i = 0; i < count; ++i) patch[i] = elements[i];
    }
}

static void clear(int16_t* patch, int32_t count) {
    int32_t i;
    for (i = 0; i < count; ++i) patch[i] = 0;
}

/* The window under one output position; padding is zero, and so is what fills the row up. */
static void read_window(const tandem_layer* step, const void* input, int32_t row, int32_t column,
                        int16_t* patch) {
    const tandem_window* window = &step->window;
    const int32_t channels = step->input.channels;
    const int32_t run = window->dilations[1] == 1 ? window->kernel[1] : 1;
    int16_t* next = patch;
    int32_t fy, fx;
    for (fy = 0; fy < window->kernel[0]; ++fy) {
        const int32_t y = position(window, 0, row, fy);
        for (fx = 0; fx < window->kernel[1]; fx += run) {
            /* Of the run's columns, those before the input, inside it and behind it. */
            const int32_t x = position(window, 1, column, fx);
            int32_t before = x < 0 ? -x : 0;
            int32_t behind = x + run - step->input.columns;
            if (before > run) before = run;
            if (behind < 0) behind = 0;
            if (behind > run) behind = run;
            if (y < 0 || y >= step->input.rows || before + behind >= run) {
                clear(next, run * channels);
            } else {
                const int32_t inside = run - before - behind;
                clear(next, before * channels);
                copy_inputs(step, input, (y * step->input.columns + x + before) * channels, inside * channels,
                            next + before * channels);
                clear(next + (run - behind) * channels, behind * channels);
            }
            next += run * channels;
        }
    }
    clear(next, (int32_t)(patch + step->row_elements - next));
    if (!copies_quads(step)) order_quads(patch, step->row_elements);
}

/* What turns a sum into an output, gathered once a layer. */
typedef struct {
    const tandem_layer* step;
    const void* residual;
    void* output;
    int32_t half; /* of the output's step, less one; 0 where nothing is rounded */
    int32_t right_shift;
    int32_t left_factor;
    tandem_range clamp;
    int is_wide;
} finisher;

static inline void finish(const finisher* to, int32_t index, int32_t sum) {
    if (to->residual) {
        const tandem_layer* step = to->step;
        sum =
            sum * ((int32_t)1 << step->sum_alignment) +
            read_element(step->residual_type, to->residual, index) * ((int32_t)1 << step->residual_alignment);
    }
    if (to->right_shift > 0) {
        sum = (sum + to->half + ((sum >> to->right_shift) & 1)) >> to->right_shift;
    } else {
        sum *= to->left_factor;
    }
    sum = clamp_narrow(sum, to->clamp);
    if (to->is_wide) {
        ((uint16_t*)to->output)[index] = (uint16_t)sum;
    } else {
        ((uint8_t*)to->output)[index] = (uint8_t)sum;
    }
}

static finisher make_finisher(const tandem_layer* step, const void* residual, void* output) {
    finisher to;
    to.step = step;
    to.residual = residual;
    to.output = output;
    to.right_shift = step->output_shift;
    to.half = step->output_shift > 0 ? ((int32_t)1 << (step->output_shift - 1)) - 1 : 0;
    to.left_factor = step->output_shift > 0 ? 1 : (int32_t)1 << -step->output_shift;
    to.clamp = step->clamp;
    to.is_wide = step->output.type > TANDEM_UINT8;
    return to;
}

/* Two windows with all output channels, two at a time. The right window is the left one again where
   there is none. */
static void run_block(const tandem_layer* step, const finisher* to, const int16_t* left, const int16_t* right,
                      int32_t first) {
    const int32_t channels = step->output.channels;
    const int32_t row_bytes = step->row_elements * step->weight_bits / 8;
    const uint8_t* weights = step->weights;
    int32_t channel;
    for (channel = 0; channel < channels; channel += 2) {
        const int has_lower = channel + 1 < channels;
        const uint8_t* const lower = has_lower ? weights + row_bytes : weights;
        const int32_t upper_bias = step->bias[channel];
        const int32_t lower_bias = has_lower ? step->bias[channel + 1] : 0;
        const int32_t index = first + channel;
        block_sums sums;
        sums.upper_left = sums.upper_right = upper_bias;
        sums.lower_left = sums.lower_right = lower_bias;
        multiply_rows(step->weight_bits, weights, lower, left, right, step->row_elements, &sums);
        finish(to, index, sums.upper_left);
        if (has_lower) finish(to, index + 1, sums.lower_left);
        if (right != left) {
            finish(to, index + channels, sums.upper_right);
            if (has_lower) finish(to, index + channels + 1, sums.lower_right);
        }
        weights += 2 * row_bytes;
    }
}

void tandem_run_layer(const tandem_layer* step, const void* input, const void* residual, void* output,
                      int16_t* patch) {
    const finisher to = make_finisher(step, residual, output);
    int16_t* const right = patch + step->row_elements;
    const int16_t* waiting = 0;
    int32_t index = 0;
    int32_t row, column;
    for (row = 0; row < step->output.rows; ++row) {
        for (column = 0; column < step->output.columns; ++column) {
            if (!waiting) {
                read_window(step, input, row, column, patch);
                waiting = patch;
                continue;
            }
            read_window(step, input, row, column, right);
            run_block(step, &to, patch, right, index);
            index += 2 * step->output.channels;
            waiting = 0;
        }
    }
    if (waiting) run_block(step, &to, patch, patch, index);
}
