#include "tandem/engine/headroom.h"

#include <algorithm>
#include <limits>

namespace tandem {

namespace {

/// A magnitude at one radix point, scaled to another; only finer ones make it larger.
std::int64_t scaled(std::int64_t magnitude, int from_fraction_bits, int to_fraction_bits) {
    return saturating_shift(magnitude, std::max(0, to_fraction_bits - from_fraction_bits));
}

struct LargestIntermediate {
    const IntegerProgram& program;

    const NumberFormat& format(TensorIndex tensor) const { return program.tensors[tensor].format; }

    std::int64_t operator()(const LayerStep& step) const {
        const NumberFormat& input = format(step.input);
        const std::int64_t reading =
            scaled(largest_magnitude(input), input.fraction_bits, step.input_format.fraction_bits);
        int fraction_bits = accumulator_fraction_bits(step);
        if (step.residual) fraction_bits = std::max(fraction_bits, format(*step.residual).fraction_bits);
        return std::max(reading, scaled(accumulator_bound(program, step), fraction_bits,
                                        format(step.output).fraction_bits));
    }

    std::int64_t operator()(const AddStep& step) const {
        const NumberFormat& left = format(step.left);
        const NumberFormat& right = format(step.right);
        const int finer = std::max(left.fraction_bits, right.fraction_bits);
        const std::int64_t sum = saturating_sum(scaled(largest_magnitude(left), left.fraction_bits, finer),
                                                scaled(largest_magnitude(right), right.fraction_bits, finer));
        return scaled(sum, finer, format(step.output).fraction_bits);
    }

    std::int64_t operator()(const MaxPoolStep& step) const { return rescaling(step.input, step.output); }

    std::int64_t operator()(const AveragePoolStep& step) const {
        const std::int64_t count = step.window.kernel[0] * step.window.kernel[1];
        const NumberFormat& input = format(step.input);
        const int output_fraction_bits = format(step.output).fraction_bits;
        return std::max(scaled(largest_magnitude(input) * count, input.fraction_bits, output_fraction_bits),
                        scaled(count, output_fraction_bits, input.fraction_bits));
    }

    std::int64_t operator()(const RequantizeStep& step) const { return rescaling(step.input, step.output); }
    std::int64_t operator()(const FlattenStep& step) const { return largest_magnitude(format(step.input)); }
    std::int64_t operator()(const SelectStep& step) const { return largest_magnitude(format(step.input)); }
    std::int64_t operator()(const ConcatStep& step) const {
        std::int64_t largest = 0;
        for (const TensorIndex input : step.inputs) {
            largest = std::max(largest, rescaling(input, step.output));
        }
        return largest;
    }

    std::int64_t rescaling(TensorIndex from, TensorIndex to) const {
        return scaled(largest_magnitude(format(from)), format(from).fraction_bits, format(to).fraction_bits);
    }
};

} // namespace

std::int64_t largest_magnitude(const NumberFormat& format) {
    return std::max<std::int64_t>(-std::int64_t{minimum_integer(format)}, maximum_integer(format));
}

std::int64_t saturating_shift(std::int64_t magnitude, int shift) {
    constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
    if (shift > 62 || magnitude > (kLargest >> shift)) return kLargest;
    return magnitude << shift;
}

std::int64_t saturating_sum(std::int64_t left, std::int64_t right) {
    constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
    return left > kLargest - right ? kLargest : left + right;
}

int accumulator_fraction_bits(const LayerStep& step) {
    return step.input_format.fraction_bits + step.weight_format.fraction_bits;
}

std::int64_t largest_intermediate(const IntegerProgram& program, const Step& step) {
    return std::visit(LargestIntermediate{program}, step);
}

} // namespace tandem
