#include "tandem/engine/fast_pool.h"

#include <algorithm>
#include <limits>
#include <span>

#include "tandem/core/check.h"
#include "tandem/engine/fast_loops.h"
#include "tandem/engine/fast_sum.h"
#include "tandem/engine/headroom.h"

namespace tandem {
namespace {

/// Calls visit(position) for each position under the window at an output's place that lies inside the
/// input; positions and places count rows times columns.
template <class Visit> void visit_window(const Window& window, const Extents& in, const Extents& out,
                                         std::int64_t place, const Visit& visit) {
    const std::int64_t top = place / out.columns * window.strides[0] - window.pads_begin[0];
    const std::int64_t left = place % out.columns * window.strides[1] - window.pads_begin[1];
    for (std::int64_t fy = 0; fy < window.kernel[0]; ++fy) {
        const std::int64_t row = top + fy * window.dilations[0];
        if (row < 0 || row >= in.rows) continue;
        for (std::int64_t fx = 0; fx < window.kernel[1]; ++fx) {
            const std::int64_t column = left + fx * window.dilations[1];
            if (column >= 0 && column < in.columns) visit(row * in.columns + column);
        }
    }
}

/// The same, positions that are neighbours in memory at once: visit(first position, how many).
template <class Visit> void visit_runs(const Window& window, const Extents& in, const Extents& out,
                                       std::int64_t place, const Visit& visit) {
    if (window.dilations[1] != 1) {
        return visit_window(window, in, out, place, [&](std::int64_t position) { visit(position, 1); });
    }
    const std::int64_t top = place / out.columns * window.strides[0] - window.pads_begin[0];
    const std::int64_t left = place % out.columns * window.strides[1] - window.pads_begin[1];
    const std::int64_t begin = std::max<std::int64_t>(left, 0);
    const std::int64_t end = std::min(left + window.kernel[1], in.columns);
    for (std::int64_t fy = 0; fy < window.kernel[0]; ++fy) {
        const std::int64_t row = top + fy * window.dilations[0];
        if (row >= 0 && row < in.rows && begin < end) visit(row * in.columns + begin, end - begin);
    }
}

void add_pixels(const IntegerValues& values, std::size_t first, std::size_t positions,
                RawVector<std::int32_t>& sums) {
    switch (element_type(values.format())) {
    case ElementType::u8:
        return fast_loops::add_pixels(values.as<std::uint8_t>() + first, positions, sums.size(), sums.data());
    case ElementType::s8:
        return fast_loops::add_pixels(values.as<std::int8_t>() + first, positions, sums.size(), sums.data());
    case ElementType::u16:
        return fast_loops::add_pixels(values.as<std::uint16_t>() + first, positions, sums.size(),
                                      sums.data());
    case ElementType::s16:
        return fast_loops::add_pixels(values.as<std::int16_t>() + first, positions, sums.size(), sums.data());
    case ElementType::s32: break;
    }
    TANDEM_CHECK(false, "a stored type");
}

/// The element at which a sample, or a position inside it, begins.
std::size_t sample_start(const Extents& extents, std::int64_t sample) {
    return static_cast<std::size_t>(sample * extents.elements());
}
std::size_t position_start(const Extents& extents, std::int64_t position) {
    return static_cast<std::size_t>(position * extents.channels);
}

} // namespace

void execute_fast_pool(const IntegerProgram& program, const MaxPoolStep& step, const IntegerValues& input,
                       IntegerValues& output, std::int64_t samples) {
    const Extents& in = program.tensors[step.input].extents;
    const Extents& out = program.tensors[step.output].extents;
    const NumberFormat in_format = program.tensors[step.input].format;
    const NumberFormat out_format = program.tensors[step.output].format;
    const auto channels = static_cast<std::size_t>(in.channels);
    const RoundedSum rounding({.bias = {},
                               .shift = in_format.fraction_bits - out_format.fraction_bits,
                               .clamp = step.clamp,
                               .largest = largest_intermediate(program, step)});
    RawVector<std::int32_t> scratch(channels);
    RawVector<std::int32_t> maxima(static_cast<std::size_t>(out.elements())); // of a sample
    for (std::int64_t sample = 0; sample < samples; ++sample) {
        const Term source = term_of(input, sample_start(in, sample), 0);
        std::fill(maxima.begin(), maxima.end(), std::numeric_limits<std::int32_t>::min());
        for (std::int64_t place = 0; place < out.rows * out.columns; ++place) {
            std::int32_t* const here = maxima.data() + position_start(out, place);
            visit_window(step.window, in, out, place, [&](std::int64_t position) {
                fast_loops::raise(here, widened(source, position_start(in, position), channels, scratch),
                                  channels);
            });
        }
        const Term term{ElementType::s32, maxima.data(), 0};
        rounding.run_into(output, sample_start(out, sample), std::span(&term, 1), maxima.size());
    }
}

bool takes_fast_pool(const IntegerProgram& program, const AveragePoolStep& step) {
    constexpr std::int64_t kMostPositions = 1 << 15; // of 16 bits each
    if (step.window.kernel[0] * step.window.kernel[1] >= kMostPositions) return false;
    if (std::holds_alternative<FloatMean>(step.rule)) return true;
    return step.rule == MeanRule(ExactMean{}) && !program.tensors[step.input].scale;
}

void execute_fast_pool(const IntegerProgram& program, const AveragePoolStep& step, const IntegerValues& input,
                       IntegerValues& output, std::int64_t samples) {
    const IntegerTensor& from = program.tensors[step.input];
    const IntegerTensor& to = program.tensors[step.output];
    const Extents& in = from.extents;
    const Extents& out = to.extents;
    const auto channels = static_cast<std::size_t>(in.channels);
    const int shift = to.format.fraction_bits - from.format.fraction_bits;
    const auto* const float_mean = std::get_if<FloatMean>(&step.rule);
    RawVector<std::int32_t> sums(channels);
    for (std::int64_t sample = 0; sample < samples; ++sample) {
        for (std::int64_t place = 0; place < out.rows * out.columns; ++place) {
            std::fill(sums.begin(), sums.end(), 0);
            std::int64_t inside = 0;
            visit_runs(step.window, in, out, place, [&](std::int64_t position, std::int64_t count) {
                inside += count;
                add_pixels(input, sample_start(in, sample) + position_start(in, position),
                           static_cast<std::size_t>(count), sums);
            });
            const std::int64_t count =
                step.counts_padding ? step.window.kernel[0] * step.window.kernel[1] : inside;
            const std::int64_t divisor = shift_half_even(count, std::min(shift, 0));
            const std::int64_t zeros = inside * from.zero_point();
            const std::size_t first = sample_start(out, sample) + position_start(out, place);
            for (std::size_t channel = 0; channel < channels; ++channel) {
                const std::int64_t sum = sums[channel] - zeros;
                const std::int64_t mean =
                    float_mean != nullptr
                        ? rounded_float(static_cast<float>(sum) / static_cast<float>(count) *
                                        float_mean->scale) +
                              to.zero_point()
                        : divide_half_even(shift_half_even(sum, -std::max(shift, 0)), divisor);
                output.set(first + channel, static_cast<std::int32_t>(std::clamp<std::int64_t>(
                                                mean, step.clamp.minimum, step.clamp.maximum)));
            }
        }
    }
}

} // namespace tandem
