#include "tandem/machine/microcontroller/in_place.h"

#include <algorithm>
#include <optional>
#include <variant>

#include "tandem/machine/microcontroller/c_layer.h"

namespace tandem {

namespace {

/// Bytes of all channels of a place.
std::int64_t pixel_bytes(const IntegerTensor& tensor) {
    return element_size(tensor.format).value * tensor.extents.channels;
}

bool is_no_larger(const IntegerTensor& output, const IntegerTensor& operand) {
    return output.extents.elements() == operand.extents.elements() &&
           element_size(output.format) <= element_size(operand.format);
}

/// Whether a window moves over places that never lie before the one of its output. Without padding in front,
/// the window of output (y, x) begins at input (y * stride, x * stride), which is as far in a wider row or
/// farther.
bool only_reaches_forward(const IntegerTensor& input, const IntegerTensor& output, const Window& window) {
    return window.pads_begin == std::array<std::int64_t, 2>{0, 0} &&
           output.extents.columns <= input.extents.columns && pixel_bytes(output) <= pixel_bytes(input);
}

/// The fewest rows to keep so that no row is moved over an input that is read later.
std::int64_t rows_to_keep(const IntegerTensor& input, const IntegerTensor& output, const Window& window) {
    const std::int64_t input_row = pixel_bytes(input) * input.extents.columns;
    const std::int64_t output_row = pixel_bytes(output) * output.extents.columns;
    const auto is_safe = [&](std::int64_t kept) {
        for (std::int64_t row = 0; row + kept + 1 < output.extents.rows; ++row) {
            const std::int64_t first_read = (row + kept + 1) * window.strides[0] - window.pads_begin[0];
            if ((row + 1) * output_row > std::max<std::int64_t>(first_read, 0) * input_row) return false;
        }
        return true;
    };
    std::int64_t kept = 0;
    while (!is_safe(kept)) ++kept; // at the latest when all rows but one are kept
    return kept;
}

struct FindOperands {
    const IntegerProgram& program;

    const IntegerTensor& tensor(TensorIndex index) const { return program.tensors[index]; }

    std::vector<InPlace> windowed(TensorIndex input, TensorIndex output, const Window& window) const {
        if (!only_reaches_forward(tensor(input), tensor(output), window)) return {};
        return {{.operand = input, .kept_rows = 0, .row_buffer = Bytes(0)}};
    }

    std::vector<InPlace> operator()(const LayerStep& step) const {
        std::vector<InPlace> operands;
        if (step.residual) {
            // Two places are computed together, so that only elements of one size are in step.
            const bool is_alike =
                element_size(tensor(*step.residual).format) == element_size(tensor(step.output).format);
            if (*step.residual == step.input) return {};
            if (is_alike) operands.push_back({.operand = *step.residual, .kept_rows = 0, .row_buffer = {}});
        }
        const IntegerTensor& input = tensor(step.input);
        const IntegerTensor& output = tensor(step.output);
        std::vector<InPlace> over_input = windowed(step.input, step.output, step.window);
        const bool is_smaller = output.extents.elements() <= input.extents.elements() &&
                                element_size(output.format) <= element_size(input.format);
        if (over_input.empty() && is_smaller && step.groups > 1 &&
            layer_kernel(program, step) == LayerKernel::depthwise) {
            const std::int64_t kept = rows_to_keep(input, output, step.window);
            if (kept + 1 < output.extents.rows) {
                over_input.push_back(
                    {.operand = step.input,
                     .kept_rows = kept,
                     .row_buffer = Bytes((kept + 1) * output.extents.columns * pixel_bytes(output))});
            }
        }
        operands.insert(operands.end(), over_input.begin(), over_input.end());
        return operands;
    }

    std::vector<InPlace> operator()(const AddStep& step) const {
        std::vector<InPlace> operands;
        for (const TensorIndex operand : {step.left, step.right}) {
            if (is_no_larger(tensor(step.output), tensor(operand))) {
                operands.push_back({.operand = operand, .kept_rows = 0, .row_buffer = {}});
            }
        }
        return operands;
    }

    std::vector<InPlace> operator()(const RequantizeStep& step) const {
        if (!is_no_larger(tensor(step.output), tensor(step.input))) return {};
        return {{.operand = step.input, .kept_rows = 0, .row_buffer = {}}};
    }

    std::vector<InPlace> operator()(const FlattenStep& step) const {
        const Extents& extents = tensor(step.input).extents;
        const bool keeps_order = extents.channels == 1 || extents.rows * extents.columns == 1;
        if (!keeps_order) return {};
        return {{.operand = step.input, .kept_rows = 0, .row_buffer = {}}};
    }

    std::vector<InPlace> operator()(const MaxPoolStep& step) const {
        return windowed(step.input, step.output, step.window);
    }
    std::vector<InPlace> operator()(const AveragePoolStep& step) const {
        return windowed(step.input, step.output, step.window);
    }
    std::vector<InPlace> operator()(const SelectStep& /*step*/) const { return {}; }
    std::vector<InPlace> operator()(const ConcatStep& /*step*/) const { return {}; }
};

} // namespace

Bytes element_size(const NumberFormat& format) { return Bytes(format.bits <= 8 ? 1 : 2); }

std::vector<InPlace> replaceable_operands(const IntegerProgram& program, const Step& step) {
    return std::visit(FindOperands{program}, step);
}

} // namespace tandem
