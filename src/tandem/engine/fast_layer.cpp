#include "tandem/engine/fast_layer.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "tandem/core/check.h"
#include "tandem/engine/fast_loops.h"
#include "tandem/engine/headroom.h"
#include "tandem/engine/weight_digits.h"

namespace tandem {
namespace {

/// Products of one call, all digits and planes together, stay in a second-level cache.
constexpr std::int64_t kProductBytes = std::int64_t{1} << 20;
constexpr Clamp kAnyByte{.minimum = 0, .maximum = 255};
/// What a float holds exactly, and the shifts by which scales stay far from its ends.
constexpr std::int64_t kLargestInFloat = std::int64_t{1} << 24;
constexpr int kLargestScaleShift = 60;

/// What a convolution kernel computes exactly.
struct KernelLimits {
    int digit_bits;           ///< of a weight
    std::int64_t largest_sum; ///< of products, in magnitude
};

/// Kernels without dot products of bytes add two products in 16 bits: 2 * 255 * 64 fits, 2 * 255 * 128
/// does not. All but those named "br..." pass their sums through a float, exact up to 2^24. Measured
/// with oneDNN 2.6.3 under every instruction set it has; tests/differential repeats it.
KernelLimits kernel_limits(const ByteConvolution& convolution, KernelRules rules) {
    constexpr KernelLimits kAnywhere{.digit_bits = 7, .largest_sum = kLargestInFloat};
    if (rules == KernelRules::of_any_processor) return kAnywhere;
    return {.digit_bits = convolution.has_dot_products() ? 8 : kAnywhere.digit_bits,
            .largest_sum = convolution.keeps_integers() ? std::numeric_limits<std::int32_t>::max()
                                                        : kAnywhere.largest_sum};
}

/// Digits as wide as the kernel and these weights allow.
int choose_digit_bits(const LayerStep& step, const KernelLimits& limits) {
    for (int bits = limits.digit_bits; bits >= 2; --bits) {
        const auto digits = cut_into_digits(step.weights, bits);
        if (std::all_of(digits.begin(), digits.end(), [&](const auto& plane) {
                return largest_digit_sum(plane, step.bias.size(), kAnyByte) <= limits.largest_sum;
            })) {
            return bits;
        }
    }
    TANDEM_CHECK(false, "layer " + step.layer + " sums products a 32-bit kernel can hold");
    return 0;
}

/// Whether a window along an axis sees nothing of the input; there oneDNN's batch-reduce kernels call
/// through a null pointer.
bool sees_padding_alone(const Window& window, std::size_t axis, std::int64_t extent, std::int64_t outputs) {
    for (std::int64_t output = 0; output < outputs; ++output) {
        bool sees_input = false;
        for (std::int64_t tap = 0; tap < window.kernel[axis]; ++tap) {
            const std::int64_t at =
                output * window.strides[axis] - window.pads_begin[axis] + tap * window.dilations[axis];
            sees_input = sees_input || (at >= 0 && at < extent);
        }
        if (!sees_input) return true;
    }
    return false;
}

/// Whether a stored tensor's bytes are what the layer's multipliers read.
bool reads_as_stored(const NumberFormat& stored, const NumberFormat& read) {
    return stored.signedness == read.signedness && stored.fraction_bits == read.fraction_bits &&
           stored.bits <= std::min(read.bits, 8);
}

RoundedSum reading_rule(const NumberFormat& stored, const NumberFormat& read) {
    return RoundedSum({.bias = {},
                       .shift = stored.fraction_bits - read.fraction_bits,
                       .clamp = {minimum_integer(read), maximum_integer(read)},
                       .largest = saturating_shift(largest_magnitude(stored),
                                                   std::max(0, read.fraction_bits - stored.fraction_bits))});
}

/// Limits bytes that saturate at the ends of their type.
void limit(IntegerValues& values, std::size_t first, std::size_t count, const Clamp& clamp) {
    if (values.format().signedness == Signedness::is_unsigned) {
        if (clamp == Clamp{.minimum = 0, .maximum = 255}) return;
        fast_loops::limit(values.as<std::uint8_t>() + first, static_cast<std::uint8_t>(clamp.minimum),
                          static_cast<std::uint8_t>(clamp.maximum), count);
    } else {
        if (clamp == Clamp{.minimum = -128, .maximum = 127}) return;
        fast_loops::limit(values.as<std::int8_t>() + first, static_cast<std::int8_t>(clamp.minimum),
                          static_cast<std::int8_t>(clamp.maximum), count);
    }
}

/// By channel, or for all: the sum from which a layer writes 1, below which it writes -1; none for other
/// rules.
std::optional<std::vector<std::int64_t>> sign_thresholds(const LayerStep& step) {
    const auto* const rule = std::get_if<ThresholdRequantization>(&step.requantization);
    if (rule == nullptr || rule->lowest != -1 || step.residual) return {};
    std::vector<std::int64_t> thresholds;
    for (const auto& list : rule->thresholds) {
        if (list.size() != 2 || list[0] != list[1]) return {};
        thresholds.push_back(list[0]);
    }
    return thresholds;
}

bool is_byte(const NumberFormat& format) { return IntegerValues::bytes_per_element(format) == 1; }

} // namespace

struct FastLayer::Buffers {
    RawVector<std::uint8_t> operand;    ///< by plane, for a batch
    RawVector<std::int32_t> products;   ///< by digit and plane, for a batch
    RawVector<std::uint8_t> scratchpad; ///< the convolution's own
};

bool FastLayer::takes(const IntegerProgram& program, const LayerStep& step) {
    const IntegerTensor& input = program.tensors[step.input];
    const bool reads_signs = step.input_format.levels == Levels::bipolar && input.format != step.input_format;
    if (reads_signs) return false;
    LayerStep alone = step;
    alone.residual.reset();
    // An accumulator that no input overflows is exact.
    if (step.accumulator && accumulator_bound(program, alone) >= std::int64_t{1}
                                                                     << (step.accumulator->bits - 1)) {
        return false;
    }
    return step.requantization == Requantization(ShiftRequantization{}) ||
           std::holds_alternative<FloatRequantization>(step.requantization) ||
           accumulator_bound(program, step) <= std::numeric_limits<std::int32_t>::max();
}

FastLayer::FastLayer(const IntegerProgram& program, const LayerStep& step, KernelRules rules,
                     std::int64_t batch)
    : input_(program.tensors[step.input].extents), padded_(input_),
      reading_(reading_rule(program.tensors[step.input].format, step.input_format)),
      output_(program.tensors[step.output].extents), largest_batch_(batch) {
    // Tiles of bytes multiply signs as fast as words count them, and round besides.
    if (BinaryConvolution::takes(program, step) && instruction_set() != InstructionSet::amx) {
        prepare_binary(program, step);
        return;
    }
    const NumberFormat& stored = program.tensors[step.input].format;
    const bool is_signed = stored.signedness == Signedness::is_signed;
    if (rules == KernelRules::of_this_processor && is_signed && reads_as_stored(stored, step.input_format)) {
        prepare(program, step, ElementType::s8, rules);
        // Kernels without dot products halve the weights of signed operands.
        if (convolution_->has_dot_products()) return;
    }
    prepare(program, step, ElementType::u8, rules);
}

void FastLayer::prepare(const IntegerProgram& program, const LayerStep& step, ElementType source,
                        KernelRules rules) {
    prepare_reading(program, step, source);
    rounds_ = prepare_rounding(program, step, source, rules);
    if (!rounds_) prepare_sums(program, step, source, rules);
}

void FastLayer::prepare_reading(const IntegerProgram& program, const LayerStep& step, ElementType source) {
    const IntegerTensor& input = program.tensors[step.input];
    const bool is_signed = step.input_format.signedness == Signedness::is_signed;
    offset_ = is_signed && source == ElementType::u8 ? -minimum_integer(step.input_format) : 0;
    zero_ = offset_ + input.zero_point();
    padded_ = input_;
    if (zero_ != 0 || sees_padding_alone(step.window, 0, input_.rows, output_.rows) ||
        sees_padding_alone(step.window, 1, input_.columns, output_.columns)) {
        begin_ = step.window.pads_begin;
        padded_.rows += step.window.pads_begin[0] + step.window.pads_end[0];
        padded_.columns += step.window.pads_begin[1] + step.window.pads_end[1];
    }
    const bool is_offset = is_signed && source == ElementType::u8;
    const bool is_as_stored = !is_offset && reads_as_stored(input.format, step.input_format);
    is_read_in_place_ = padded_ == input_ && is_as_stored;
    // Bytes of a wider reading stay single bytes: a second plane would have to be unsigned below.
    planes_ = step.input_format.bits <= 8 || is_as_stored ? 1 : 2;
    bytes_ = planes_ > 1 ? kAnyByte
                         : Clamp{.minimum = minimum_integer(step.input_format) + offset_,
                                 .maximum = maximum_integer(step.input_format) + offset_};
}

/// The convolution that writes the output itself, where everything on the way is exact; false elsewhere.
bool FastLayer::prepare_rounding(const IntegerProgram& program, const LayerStep& step, ElementType source,
                                 KernelRules rules) {
    std::optional<ByteOutput> output = byte_output(program, step);
    if (!output) return false;
    batch_ = largest_batch_;
    convolution_ = std::make_unique<ByteConvolution>(shape_of(step, source), std::move(output));
    const auto digits = cut_into_digits(step.weights, kernel_limits(*convolution_, rules).digit_bits);
    if (digits.size() > 1 || convolution_->is_reference()) return false;
    convolution_->add_weights(digits.front());
    limits_bytes_ = !convolution_->limits_bytes();
    clamp_ = step.clamp;
    return true;
}

/// How the convolution's sums become bytes, if a float holds each of them.
std::optional<ByteOutput> FastLayer::byte_output(const IntegerProgram& program, const LayerStep& step) const {
    const IntegerTensor& written = program.tensors[step.output];
    if (planes_ > 1 || !is_byte(written.format) || written.zero_point() != 0) return {};
    const auto digits = cut_into_digits(step.weights, 8);
    if (digits.size() > 1) return {};
    const int fraction_bits = accumulator_fraction_bits(step);
    const std::vector<std::int64_t> bias = bias_of_operands(step);
    std::int64_t largest = largest_digit_sum(digits.front(), bias.size(), bytes_);
    for (const std::int64_t one : bias) largest = saturating_sum(largest, std::abs(one));

    ByteOutput output{.type = element_type(written.format),
                      .bias = {bias.begin(), bias.end()},
                      .scales = {},
                      .residual = {},
                      .clamp = {}};
    if (const auto* rule = std::get_if<FloatRequantization>(&step.requantization)) {
        output.scales = rule->scales;
    } else if (const auto signs = sign_thresholds(step)) {
        // Twice the distance to the middle between the threshold and what does not reach it: never 0.
        output.scales = {2.0F};
        output.clamp =
            step.clamp; // all are beyond it: measured, the kernel limits them faster than a pass does
        std::int64_t largest_threshold = 0;
        for (std::size_t channel = 0; channel < bias.size(); ++channel) {
            const std::int64_t threshold = (*signs)[signs->size() == 1 ? 0 : channel];
            if (std::abs(threshold) > kLargestInFloat) return {};
            output.bias[channel] = static_cast<float>(bias[channel] - threshold) + 0.5F;
            largest_threshold = std::max(largest_threshold, std::abs(threshold));
        }
        largest = saturating_shift(saturating_sum(largest, largest_threshold + 1), 1);
    } else if (step.requantization == Requantization(ShiftRequantization{})) {
        const int shift = written.format.fraction_bits - fraction_bits;
        if (std::abs(shift) > kLargestScaleShift) return {};
        output.scales = {std::ldexp(1.0F, shift)};
    } else {
        return {};
    }
    if (step.residual) {
        const NumberFormat& residual = program.tensors[*step.residual].format;
        const int shift = written.format.fraction_bits - residual.fraction_bits;
        if (!is_byte(residual) || std::abs(shift) > kLargestScaleShift) return {};
        output.residual = {.scale = std::ldexp(1.0F, shift), .type = element_type(residual)};
        const int finer = std::max(fraction_bits, residual.fraction_bits);
        largest =
            saturating_sum(saturating_shift(largest, finer - fraction_bits),
                           saturating_shift(largest_magnitude(residual), finer - residual.fraction_bits));
    }
    if (largest > kLargestInFloat) return {};
    return output;
}

/// The convolutions of digits whose sums are rounded here.
void FastLayer::prepare_sums(const IntegerProgram& program, const LayerStep& step, ElementType source,
                             KernelRules rules) {
    const std::size_t likely_digits = step.weight_format.bits <= 8 ? 1 : 2;
    const std::int64_t bytes_per_sample =
        output_.elements() * static_cast<std::int64_t>(sizeof(std::int32_t) * planes_ * likely_digits);
    for (batch_ = largest_batch_; batch_ > 1 && batch_ * bytes_per_sample > kProductBytes;) batch_ /= 2;
    convolution_ = std::make_unique<ByteConvolution>(shape_of(step, source));
    const int digit_bits = choose_digit_bits(step, kernel_limits(*convolution_, rules));
    for (const auto& digits : cut_into_digits(step.weights, digit_bits)) convolution_->add_weights(digits);
    prepare_sum(program, step, digit_bits);
}

/// Signs by signs, counted in words.
void FastLayer::prepare_binary(const IntegerProgram& program, const LayerStep& step) {
    is_read_in_place_ = true;
    batch_ = 1; // a sample of sums stays in a cache
    binary_ = std::make_unique<BinaryConvolution>(program, step);
    const auto thresholds = sign_thresholds(step);
    const bool writes_signs = thresholds && program.tensors[step.output].format.levels == Levels::bipolar &&
                              step.clamp == Clamp{.minimum = -1, .maximum = 1};
    for (std::size_t channel = 0; writes_signs && channel < step.bias.size(); ++channel) {
        const std::int64_t threshold = (*thresholds)[thresholds->size() == 1 ? 0 : channel];
        // Beyond what sums reach one threshold is like another.
        const std::int64_t beyond = std::int64_t{1} << 30;
        signs_from_.push_back(
            static_cast<std::int32_t>(std::clamp(threshold - step.bias[channel], -beyond, beyond)));
    }
    if (!writes_signs) prepare_sum(program, step, /*digit_bits=*/8);
}

ConvolutionShape FastLayer::shape_of(const LayerStep& step, ElementType source) const {
    ConvolutionShape shape{.input = padded_,
                           .output = output_,
                           .window = step.window,
                           .groups = step.groups,
                           .source = source,
                           .batch = batch_};
    if (padded_ != input_) shape.window.pads_begin = shape.window.pads_end = {0, 0};
    return shape;
}

/// The bias that belongs to products of the operands as they are read, which stand off by `zero_`.
std::vector<std::int64_t> FastLayer::bias_of_operands(const LayerStep& step) const {
    std::vector<std::int64_t> bias = step.bias;
    const std::size_t reads = step.weights.size() / bias.size();
    for (std::size_t channel = 0; channel < bias.size(); ++channel) {
        for (std::size_t i = 0; i < reads; ++i) bias[channel] -= zero_ * step.weights[channel * reads + i];
    }
    return bias;
}

void FastLayer::prepare_sum(const IntegerProgram& program, const LayerStep& step, int digit_bits) {
    int fraction_bits = accumulator_fraction_bits(step);
    int product_shift = 0;
    residual_shift_ = 0;
    if (step.residual) {
        const int residual_bits = program.tensors[*step.residual].format.fraction_bits;
        product_shift = std::max(0, residual_bits - fraction_bits);
        residual_shift_ = std::max(0, fraction_bits - residual_bits);
        fraction_bits = std::max(fraction_bits, residual_bits);
    }
    product_shifts_.clear();
    const std::size_t digits = binary_ ? 1 : convolution_->weight_sets();
    for (std::size_t digit = 0; digit < digits; ++digit) {
        for (std::size_t plane = 0; plane < planes_; ++plane) {
            product_shifts_.push_back(static_cast<int>(digit) * digit_bits + static_cast<int>(plane) * 8 +
                                      product_shift);
        }
    }
    std::vector<std::int64_t> bias = bias_of_operands(step);
    for (std::int64_t& one : bias) one = shift_half_even(one, -product_shift);
    tail_ = std::make_unique<LayerTail>(TailRule{.output = program.tensors[step.output],
                                                 .requantization = step.requantization,
                                                 .clamp = step.clamp,
                                                 .bias = bias,
                                                 .fraction_bits = fraction_bits,
                                                 .largest_sum = accumulator_bound(program, step),
                                                 .largest = largest_intermediate(program, step)});
}

/// Fills the planes of the operand for samples [first, first + samples) and returns the lowest.
const std::uint8_t* FastLayer::prepare_operand(const IntegerValues& input, std::int64_t first,
                                               std::int64_t samples, Buffers& buffers) const {
    const auto image = static_cast<std::size_t>(input_.elements());
    const auto start = static_cast<std::size_t>(first) * image;
    const auto plane_size = static_cast<std::size_t>(samples * padded_.elements());
    std::uint8_t* const operand = buffers.operand.data();
    if (is_read_in_place_) return input.as<std::uint8_t>() + start;
    const auto read_into = [&](std::size_t from, std::size_t to, std::size_t count) {
        const Term term = term_of(input, start + from, 0);
        reading_.run(std::span(&term, 1), count,
                     [&](std::size_t at, const std::int32_t* integers, std::size_t size) {
                         for (std::size_t plane = 0; plane < planes_; ++plane) {
                             fast_loops::take_bytes(integers, offset_, static_cast<int>(plane) * 8,
                                                    operand + plane * plane_size + to + at, size);
                         }
                     });
    };
    if (padded_ == input_) {
        read_into(0, 0, static_cast<std::size_t>(samples) * image);
        return operand;
    }
    for (std::size_t plane = 0; plane < planes_; ++plane) {
        std::memset(operand + plane * plane_size, zero_ >> (8 * plane) & 0xFF, plane_size);
    }
    const auto row = static_cast<std::size_t>(input_.columns * input_.channels);
    for (std::int64_t i = 0; i < samples * input_.rows; ++i) {
        const std::int64_t padded_row = i / input_.rows * padded_.rows + begin_[0] + i % input_.rows;
        read_into(static_cast<std::size_t>(i) * row,
                  static_cast<std::size_t>((padded_row * padded_.columns + begin_[1]) * input_.channels),
                  row);
    }
    return operand;
}

void FastLayer::execute(const IntegerValues& input, const IntegerValues* residual, IntegerValues& output,
                        std::int64_t samples) const {
    if (!signs_from_.empty()) {
        binary_->run_signs(input.as<std::int8_t>(), samples, signs_from_, output.as<std::int8_t>());
        return;
    }
    const std::int64_t largest = std::min(batch_, samples);
    const auto batch_outputs = static_cast<std::size_t>(largest * output_.elements());
    const std::size_t operand_bytes =
        is_read_in_place_ ? 0 : planes_ * static_cast<std::size_t>(largest * padded_.elements());
    Buffers buffers{RawVector<std::uint8_t>(operand_bytes),
                    RawVector<std::int32_t>(rounds_ ? 0 : product_shifts_.size() * batch_outputs),
                    RawVector<std::uint8_t>(binary_ ? 0 : convolution_->scratchpad_bytes())};
    for (std::int64_t first = 0; first < samples;) {
        const std::int64_t size = samples - first >= batch_ ? batch_ : 1;
        const std::uint8_t* const operand = prepare_operand(input, first, size, buffers);
        const std::int64_t first_input = first * input_.elements();
        const auto first_output = static_cast<std::size_t>(first * output_.elements());
        const auto outputs = static_cast<std::size_t>(size * output_.elements());
        const auto kernel = size == 1 ? ByteConvolution::Samples::one : ByteConvolution::Samples::batch;
        first += size;
        if (rounds_) {
            std::uint8_t* const bytes = output.as<std::uint8_t>() + first_output;
            if (residual != nullptr) std::memcpy(bytes, residual->as<std::uint8_t>() + first_output, outputs);
            convolution_->run(kernel, operand, 0, bytes, buffers.scratchpad.data());
            if (limits_bytes_) limit(output, first_output, outputs, clamp_);
            continue;
        }
        const auto plane_size = static_cast<std::size_t>(size * padded_.elements());
        std::vector<Term> terms;
        if (binary_) {
            binary_->run(input.as<std::int8_t>() + static_cast<std::size_t>(first_input), size,
                         buffers.products.data());
            terms.push_back({ElementType::s32, buffers.products.data(), product_shifts_.front()});
        }
        for (std::size_t digit = 0; !binary_ && digit < convolution_->weight_sets(); ++digit) {
            for (std::size_t plane = 0; plane < planes_; ++plane) {
                std::int32_t* const products = buffers.products.data() + terms.size() * batch_outputs;
                convolution_->run(kernel, operand + plane * plane_size, digit, products,
                                  buffers.scratchpad.data());
                terms.push_back({ElementType::s32, products, product_shifts_[terms.size()]});
            }
        }
        if (residual != nullptr) terms.push_back(term_of(*residual, first_output, residual_shift_));
        tail_->run_into(output, first_output, terms, outputs);
    }
}

} // namespace tandem
