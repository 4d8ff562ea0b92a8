#include "tandem/engine/fast_layer.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string_view>

#include "tandem/core/check.h"
#include "tandem/engine/fast_loops.h"
#include "tandem/engine/headroom.h"

namespace tandem {
namespace {

using dnnl::memory;

/// Products of one call, all digits and planes together, stay in a second-level cache.
constexpr std::int64_t kProductBytes = std::int64_t{1} << 20;
constexpr std::int64_t kLargestBatch = 16;
constexpr std::int64_t kLargestByte = 255;
constexpr Clamp kRangeOf32Bits{.minimum = std::numeric_limits<std::int32_t>::min(),
                               .maximum = std::numeric_limits<std::int32_t>::max()};

/// What a convolution kernel computes exactly.
struct KernelLimits {
    int digit_bits;           ///< of a weight
    std::int64_t largest_sum; ///< of products, in magnitude
};

/// Kernels without dot products of bytes add two products in 16 bits: 2 * 255 * 64 fits, 2 * 255 * 128
/// does not. All but those named "br..." pass their sums through a float, exact up to 2^24. Measured
/// with oneDNN 2.6.3 under every instruction set it has; tests/differential repeats it.
KernelLimits kernel_limits(std::string_view kernel, KernelRules rules) {
    constexpr KernelLimits kAnywhere{.digit_bits = 7, .largest_sum = std::int64_t{1} << 24};
    if (rules == KernelRules::of_any_processor) return kAnywhere;
    const bool has_dot_products =
        kernel.find("vnni") != std::string_view::npos || kernel.find("amx") != std::string_view::npos;
    return {.digit_bits = has_dot_products ? 8 : kAnywhere.digit_bits,
            .largest_sum = kernel.substr(0, 2) == "br" ? std::numeric_limits<std::int32_t>::max()
                                                       : kAnywhere.largest_sum};
}

/// Cuts the lowest digit off a weight: the digit in [-2^(bits-1), 2^(bits-1)), and what remains.
std::int32_t cut_digit(std::int32_t& weight, int bits) {
    const std::int32_t half = std::int32_t{1} << (bits - 1);
    const std::int32_t digit = ((weight + half) & (2 * half - 1)) - half;
    weight = (weight - digit) >> bits;
    return digit;
}

/// All weights, digit by digit, lowest first: at least one.
std::vector<std::vector<std::int8_t>> cut_into_digits(std::span<const std::int16_t> weights, int bits) {
    std::vector<std::int32_t> rest(weights.begin(), weights.end());
    std::vector<std::vector<std::int8_t>> digits;
    do {
        auto& plane = digits.emplace_back(rest.size());
        std::transform(rest.begin(), rest.end(), plane.begin(), [&](std::int32_t& weight) {
            return static_cast<std::int8_t>(cut_digit(weight, bits));
        });
    } while (std::any_of(rest.begin(), rest.end(), [](std::int32_t weight) { return weight != 0; }));
    return digits;
}

/// The largest magnitude of a sum of digits times bytes, for any bytes.
std::int64_t largest_sum(std::span<const std::int8_t> digits, std::size_t channels) {
    const std::size_t reads = digits.size() / channels;
    std::int64_t largest = 0;
    for (std::size_t channel = 0; channel < channels; ++channel) {
        std::int64_t positive = 0;
        std::int64_t negative = 0;
        for (const std::int8_t digit : digits.subspan(channel * reads, reads)) {
            (digit > 0 ? positive : negative) += digit;
        }
        largest = std::max({largest, positive * kLargestByte, -negative * kLargestByte});
    }
    return largest;
}

/// Digits as wide as the kernel and these weights allow.
int choose_digit_bits(const LayerStep& step, const KernelLimits& limits) {
    for (int bits = limits.digit_bits; bits >= 2; --bits) {
        const auto digits = cut_into_digits(step.weights, bits);
        if (std::all_of(digits.begin(), digits.end(), [&](const auto& plane) {
                return largest_sum(plane, step.bias.size()) <= limits.largest_sum;
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
    return stored.signedness == Signedness::is_unsigned && read.signedness == Signedness::is_unsigned &&
           stored.fraction_bits == read.fraction_bits && stored.bits <= std::min(read.bits, 8);
}

RoundedSum reading_rule(const NumberFormat& stored, const NumberFormat& read) {
    return RoundedSum({.bias = {},
                       .shift = stored.fraction_bits - read.fraction_bits,
                       .clamp = {minimum_integer(read), maximum_integer(read)},
                       .largest = saturating_shift(largest_magnitude(stored),
                                                   std::max(0, read.fraction_bits - stored.fraction_bits))});
}

memory::dims image_extents(std::int64_t samples, const Extents& extents) {
    return {samples, extents.channels, extents.rows, extents.columns};
}

memory::dims weight_extents(const LayerStep& step, std::int64_t inputs, std::int64_t outputs) {
    const auto [rows, columns] = step.window.kernel;
    if (step.groups == 1) return {outputs, inputs, rows, columns};
    return {step.groups, outputs / step.groups, inputs / step.groups, rows, columns};
}

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
           accumulator_bound(program, step) <= kRangeOf32Bits.maximum;
}

FastLayer::FastLayer(const IntegerProgram& program, const LayerStep& step, KernelRules rules)
    : input_(program.tensors[step.input].extents), padded_(input_),
      reading_(reading_rule(program.tensors[step.input].format, step.input_format)),
      output_(program.tensors[step.output].extents) {
    const bool is_signed = step.input_format.signedness == Signedness::is_signed;
    if (is_signed) offset_ = -minimum_integer(step.input_format);
    zero_ = offset_ + program.tensors[step.input].zero_point();
    if (zero_ != 0 || sees_padding_alone(step.window, 0, input_.rows, output_.rows) ||
        sees_padding_alone(step.window, 1, input_.columns, output_.columns)) {
        begin_ = step.window.pads_begin;
        padded_.rows += step.window.pads_begin[0] + step.window.pads_end[0];
        padded_.columns += step.window.pads_begin[1] + step.window.pads_end[1];
    }
    is_read_in_place_ =
        padded_ == input_ && reads_as_stored(program.tensors[step.input].format, step.input_format);
    planes_ = step.input_format.bits <= 8 || is_read_in_place_ ? 1 : 2;

    const std::size_t likely_digits = step.weight_format.bits <= 8 ? 1 : 2;
    const std::int64_t bytes_per_sample =
        output_.elements() * static_cast<std::int64_t>(sizeof(std::int32_t) * planes_ * likely_digits);
    for (batch_ = kLargestBatch; batch_ > 1 && batch_ * bytes_per_sample > kProductBytes;) batch_ /= 2;

    prepare_convolution(step);
    const int digit_bits = choose_digit_bits(step, kernel_limits(description_.impl_info_str(), rules));
    prepare_weights(step, digit_bits);
    prepare_sum(program, step, digit_bits);
}

void FastLayer::prepare_convolution(const LayerStep& step) {
    const memory::desc source(image_extents(batch_, padded_), memory::data_type::u8,
                              memory::format_tag::nhwc);
    const memory::desc weights(weight_extents(step, input_.channels, output_.channels), memory::data_type::s8,
                               memory::format_tag::any);
    const memory::desc products(image_extents(batch_, output_), memory::data_type::s32,
                                memory::format_tag::nhwc);
    const Window& window = step.window;
    memory::dims pads_begin{0, 0};
    memory::dims pads_end{0, 0};
    if (padded_ == input_) {
        pads_begin.assign(window.pads_begin.begin(), window.pads_begin.end());
        pads_end.assign(window.pads_end.begin(), window.pads_end.end());
    }
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user); // the library's own is not for threads
    description_ =
        dnnl::convolution_forward::primitive_desc({dnnl::prop_kind::forward_inference,
                                                   dnnl::algorithm::convolution_direct,
                                                   source,
                                                   weights,
                                                   products,
                                                   {window.strides[0], window.strides[1]},
                                                   {window.dilations[0] - 1, window.dilations[1] - 1},
                                                   pads_begin,
                                                   pads_end},
                                                  attributes, onednn::cpu());
    convolution_ = dnnl::convolution_forward(description_);
}

void FastLayer::prepare_weights(const LayerStep& step, int digit_bits) {
    const memory::desc plain(weight_extents(step, input_.channels, output_.channels), memory::data_type::s8,
                             step.groups == 1 ? memory::format_tag::ohwi : memory::format_tag::gohwi);
    for (auto& digits : cut_into_digits(step.weights, digit_bits)) {
        const memory given(plain, onednn::cpu(), digits.data());
        memory own(description_.weights_desc(), onednn::cpu());
        onednn::execute(dnnl::reorder(given, own), {{DNNL_ARG_FROM, given}, {DNNL_ARG_TO, own}});
        weights_.push_back(std::move(own));
    }
}

void FastLayer::prepare_sum(const IntegerProgram& program, const LayerStep& step, int digit_bits) {
    int fraction_bits = accumulator_fraction_bits(step);
    int product_shift = 0;
    if (step.residual) {
        const int residual_bits = program.tensors[*step.residual].format.fraction_bits;
        product_shift = std::max(0, residual_bits - fraction_bits);
        residual_shift_ = std::max(0, fraction_bits - residual_bits);
        fraction_bits = std::max(fraction_bits, residual_bits);
    }
    for (std::size_t digit = 0; digit < weights_.size(); ++digit) {
        for (std::size_t plane = 0; plane < planes_; ++plane) {
            product_shifts_.push_back(static_cast<int>(digit) * digit_bits + static_cast<int>(plane) * 8 +
                                      product_shift);
        }
    }
    std::vector<std::int64_t> bias = step.bias;
    const std::size_t reads = step.weights.size() / bias.size();
    for (std::size_t channel = 0; channel < bias.size(); ++channel) {
        for (std::size_t i = 0; i < reads; ++i) bias[channel] -= zero_ * step.weights[channel * reads + i];
        bias[channel] = shift_half_even(bias[channel], -product_shift);
    }
    const IntegerTensor& output = program.tensors[step.output];
    const int shift = fraction_bits - output.format.fraction_bits;
    if (step.requantization == Requantization(ShiftRequantization{}) && output.zero_point() == 0) {
        sum_ = std::make_unique<RoundedSum>(SumRule{.bias = bias,
                                                    .shift = shift,
                                                    .clamp = step.clamp,
                                                    .largest = largest_intermediate(program, step)});
        return;
    }
    rule_ = step.requantization;
    rule_shift_ = shift;
    clamp_ = step.clamp;
    output_zero_point_ = output.zero_point();
    sum_ = std::make_unique<RoundedSum>(SumRule{
        .bias = bias, .shift = 0, .clamp = kRangeOf32Bits, .largest = accumulator_bound(program, step)});
}

/// The exact sums, then the rule.
void FastLayer::requantize_into(IntegerValues& output, std::size_t first, std::span<const Term> terms,
                                std::size_t count) const {
    const auto channels = static_cast<std::size_t>(output_.channels);
    const auto elements = static_cast<std::size_t>(output_.elements());
    const auto finish = [&](const auto& requantized_sum) {
        sum_->run(terms, count, [&](std::size_t at, const std::int32_t* sums, std::size_t size) {
            for (std::size_t i = 0; i < size; ++i) {
                const std::size_t element = at + i;
                const Place place{.channel = element % channels, .element = element % elements};
                output.set(first + element, static_cast<std::int32_t>(std::clamp<std::int64_t>(
                                                requantized_sum(sums[i], place) + output_zero_point_,
                                                clamp_.minimum, clamp_.maximum)));
            }
        });
    };
    if (const auto* multipliers = std::get_if<MultiplierRequantization>(&*rule_)) {
        // One variant is looked at once for all elements; the others are rare.
        const bool is_one = multipliers->multipliers.size() == 1;
        return finish([&](std::int32_t sum, const Place& place) -> std::int64_t {
            return multiply(sum, multipliers->multipliers[is_one ? 0 : place.channel], multipliers->rounding);
        });
    }
    finish(
        [&](std::int32_t sum, const Place& place) { return requantized(*rule_, sum, rule_shift_, place); });
}

/// Fills the planes of the operand for samples [first, first + samples) and returns the lowest.
const std::uint8_t* FastLayer::prepare_operand(const IntegerValues& input, std::int64_t first,
                                               std::int64_t samples, Buffers& buffers) const {
    const auto image = static_cast<std::size_t>(input_.elements());
    const auto start = static_cast<std::size_t>(first) * image;
    const auto plane_size = static_cast<std::size_t>(batch_ * padded_.elements());
    std::uint8_t* const operand = buffers.operand.data();
    if (is_read_in_place_) {
        const std::uint8_t* const stored = input.as<std::uint8_t>() + start;
        if (samples == batch_) return stored;
        // The convolution takes a whole batch; what it makes of the rest of the buffer nobody reads.
        std::memcpy(operand, stored, static_cast<std::size_t>(samples) * image);
        return operand;
    }
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
    const auto batch_outputs = static_cast<std::size_t>(batch_ * output_.elements());
    const auto plane_size = static_cast<std::size_t>(batch_ * padded_.elements());
    Buffers buffers{RawVector<std::uint8_t>(planes_ * plane_size),
                    RawVector<std::int32_t>(product_shifts_.size() * batch_outputs),
                    RawVector<std::uint8_t>(description_.scratchpad_desc().get_size())};
    const memory scratchpad(description_.scratchpad_desc(), onednn::cpu(), buffers.scratchpad.data());

    for (std::int64_t first = 0; first < samples; first += batch_) {
        const std::int64_t size = std::min(batch_, samples - first);
        const std::uint8_t* const operand = prepare_operand(input, first, size, buffers);
        std::vector<Term> terms;
        for (const memory& weights : weights_) {
            for (std::size_t plane = 0; plane < planes_; ++plane) {
                std::int32_t* const products = buffers.products.data() + terms.size() * batch_outputs;
                // oneDNN takes no pointer to const; a source is only read.
                // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
                auto* const bytes = const_cast<std::uint8_t*>(operand + plane * plane_size);
                onednn::execute(convolution_,
                                {{DNNL_ARG_SRC, memory(description_.src_desc(), onednn::cpu(), bytes)},
                                 {DNNL_ARG_WEIGHTS, weights},
                                 {DNNL_ARG_DST, memory(description_.dst_desc(), onednn::cpu(), products)},
                                 {DNNL_ARG_SCRATCHPAD, scratchpad}});
                terms.push_back({ElementType::s32, products, product_shifts_[terms.size()]});
            }
        }
        const auto first_output = static_cast<std::size_t>(first * output_.elements());
        if (residual != nullptr) terms.push_back(term_of(*residual, first_output, residual_shift_));
        const auto outputs = static_cast<std::size_t>(size * output_.elements());
        if (rule_) {
            requantize_into(output, first_output, terms, outputs);
        } else {
            sum_->run_into(output, first_output, terms, outputs);
        }
    }
}

} // namespace tandem
