#include "tandem/deploy/c/c_text.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

#include "tandem/engine/headroom.h"
#include "tandem/machine/microcontroller/c_layer.h"

namespace tandem {

namespace {

constexpr std::size_t kLineColumns = 100;

std::string type_constant(const NumberFormat& format) {
    return fmt::format("TANDEM_{}INT{}", format.signedness == Signedness::is_signed ? "" : "U",
                       format.bits <= 8 ? 8 : 16);
}

std::string tensor_value(const IntegerTensor& tensor) {
    return fmt::format("{{{}, {}, {}, {}}}", type_constant(tensor.format), tensor.extents.rows,
                       tensor.extents.columns, tensor.extents.channels);
}

std::string clamp_value(const Clamp& clamp) {
    return fmt::format("{{{}, {}}}", clamp.minimum, clamp.maximum);
}

std::string window_value(const Window& window) {
    const auto pair = [](const std::array<std::int64_t, 2>& values) {
        return fmt::format("{{{}, {}}}", values[0], values[1]);
    };
    return fmt::format("{{{}, {}, {}, {}}}", pair(window.kernel), pair(window.strides),
                       pair(window.dilations), pair(window.pads_begin));
}

/// Names and values of a struct, one a line.
class Initializer {
  public:
    template <class Value> Initializer& set(std::string_view field, const Value& value) {
        text_ += fmt::format("    .{} = {},\n", field, value);
        return *this;
    }
    std::string text(std::string_view type, std::string_view name) const {
        return fmt::format("static const {} {} = {{\n{}}};\n", type, name, text_);
    }

  private:
    std::string text_;
};

/// Renders the table of one step.
struct StepTable {
    const IntegerProgram& program;
    std::string name;
    std::string index;   ///< of the step, which names its parameters
    std::string weights; ///< where those of a layer are
    std::int64_t kept_rows = 0;

    const IntegerTensor& tensor(TensorIndex index_of_tensor) const {
        return program.tensors[index_of_tensor];
    }
    int fraction_bits(TensorIndex index_of_tensor) const {
        return tensor(index_of_tensor).format.fraction_bits;
    }

    /// What all layers have; the tables end with set_output.
    Initializer layer_table(const LayerStep& step) const {
        return Initializer()
            .set("input", tensor_value(tensor(step.input)))
            .set("output", tensor_value(tensor(step.output)))
            .set("window", window_value(step.window));
    }

    void set_requantization(Initializer& table, const LayerStep& step) const {
        const NumberFormat& stored = tensor(step.input).format;
        const NumberFormat& read = step.input_format;
        table.set("requantizes_input", stored == read ? 0 : 1)
            .set("input_shift", stored.fraction_bits - read.fraction_bits)
            .set("input_range", clamp_value({minimum_integer(read), maximum_integer(read)}));
    }

    void set_output(Initializer& table, const LayerStep& step, int weight_shift) const {
        const int sum_fraction_bits = accumulator_fraction_bits(step) + weight_shift;
        const int finer =
            step.residual ? std::max(sum_fraction_bits, fraction_bits(*step.residual)) : sum_fraction_bits;
        if (step.residual) {
            table.set("residual_type", type_constant(tensor(*step.residual).format))
                .set("sum_alignment", finer - sum_fraction_bits)
                .set("residual_alignment", finer - fraction_bits(*step.residual));
        }
        table.set("output_shift", finer - fraction_bits(step.output)).set("clamp", clamp_value(step.clamp));
    }

    std::string narrow_table(const LayerStep& step, const CLayerParameters& parameters) const {
        Initializer table = layer_table(step);
        set_requantization(table, step);
        table.set("input_offset", parameters.input_offset)
            .set("reads_bytes", parameters.reads_bytes ? 1 : 0)
            .set("weights", weights)
            .set("row_elements", parameters.row_elements)
            .set("weight_bits", parameters.weight_bits)
            .set("bias", c_prefix(program) + "_bias_" + index);
        set_output(table, step, parameters.weight_shift);
        return table.text("tandem_layer", name);
    }

    std::string depthwise_table(const LayerStep& step) const {
        Initializer table = layer_table(step);
        table.set("weights", weights).set("bias", c_prefix(program) + "_bias_" + index);
        table.set("kept_rows", kept_rows);
        set_output(table, step, 0);
        return table.text("tandem_depthwise", name);
    }

    std::string wide_table(const LayerStep& step, const CLayerParameters& parameters) const {
        Initializer table = layer_table(step);
        table.set("groups", step.groups);
        set_requantization(table, step);
        table.set("input_offset", parameters.input_offset)
            .set(fmt::format("weights_{}", parameters.weight_bits), weights)
            .set(fmt::format("bias_{}", parameters.bias_bits), c_prefix(program) + "_bias_" + index)
            .set("sum_bits", parameters.sum_bits);
        set_output(table, step, 0);
        return table.text("tandem_wide_layer", name);
    }

    std::string operator()(const LayerStep& step) const {
        const CLayerParameters parameters = c_layer_parameters(program, step);
        switch (parameters.kernel) {
        case LayerKernel::narrow: return narrow_table(step, parameters);
        case LayerKernel::depthwise: return depthwise_table(step);
        case LayerKernel::wide: return wide_table(step, parameters);
        }
        return "";
    }

    std::string operator()(const AddStep& step) const {
        const int finer = std::max(fraction_bits(step.left), fraction_bits(step.right));
        return Initializer()
            .set("left_type", type_constant(tensor(step.left).format))
            .set("right_type", type_constant(tensor(step.right).format))
            .set("output", tensor_value(tensor(step.output)))
            .set("left_alignment", finer - fraction_bits(step.left))
            .set("right_alignment", finer - fraction_bits(step.right))
            .set("output_shift", finer - fraction_bits(step.output))
            .set("clamp", clamp_value(step.clamp))
            .text("tandem_add", name);
    }

    std::string operator()(const MaxPoolStep& step) const {
        return Initializer()
            .set("input", tensor_value(tensor(step.input)))
            .set("output", tensor_value(tensor(step.output)))
            .set("window", window_value(step.window))
            .set("output_shift", fraction_bits(step.input) - fraction_bits(step.output))
            .set("clamp", clamp_value(step.clamp))
            .text("tandem_max_pool", name);
    }

    std::string operator()(const AveragePoolStep& step) const {
        const int shift = fraction_bits(step.output) - fraction_bits(step.input);
        return Initializer()
            .set("input", tensor_value(tensor(step.input)))
            .set("output", tensor_value(tensor(step.output)))
            .set("window", window_value(step.window))
            .set("counts_padding", step.counts_padding ? 1 : 0)
            .set("sum_shift", std::max(shift, 0))
            .set("count_shift", std::max(-shift, 0))
            .set("clamp", clamp_value(step.clamp))
            .text("tandem_average_pool", name);
    }

    std::string operator()(const RequantizeStep& step) const {
        return Initializer()
            .set("input_type", type_constant(tensor(step.input).format))
            .set("output", tensor_value(tensor(step.output)))
            .set("output_shift", fraction_bits(step.input) - fraction_bits(step.output))
            .set("clamp", clamp_value(step.clamp))
            .text("tandem_requantize", name);
    }

    std::string operator()(const FlattenStep& step) const {
        return Initializer().set("input", tensor_value(tensor(step.input))).text("tandem_flatten", name);
    }

    std::string operator()(const SelectStep& step) const {
        return Initializer()
            .set("input", tensor_value(tensor(step.input)))
            .set("output", tensor_value(tensor(step.output)))
            .set("offsets", c_array(step.offsets))
            .set("strides", c_array(step.strides))
            .set("fill", step.fill)
            .text("tandem_select", name);
    }

    /// One entry an input, in their order.
    std::string operator()(const ConcatStep& step) const {
        std::string entries;
        std::array<std::int64_t, 3> offsets{0, 0, 0};
        for (const TensorIndex input : step.inputs) {
            entries +=
                fmt::format("    {{{}, {}, {}, {}, {}}},\n", tensor_value(tensor(input)),
                            tensor_value(tensor(step.output)), c_array(offsets),
                            fraction_bits(input) - fraction_bits(step.output), clamp_value(step.clamp));
            offsets[step.axis] += tensor(input).extents.along(step.axis);
        }
        return fmt::format("static const tandem_concat {}[] = {{\n{}}};\n", name, entries);
    }
};

/// "Conv 'conv1': x -> y, weights s4.5, reads u4.2".
std::string step_comment(const IntegerProgram& program, std::size_t index) {
    const Step& step = program.steps[index];
    std::string text;
    const auto* layer = std::get_if<LayerStep>(&step);
    if (layer != nullptr) {
        text = fmt::format("{}: weights {}, reads {}, ", comment_name(layer->layer),
                           to_string(layer->weight_format), to_string(layer->input_format));
    }
    std::string inputs;
    for (const TensorIndex input : inputs_of(step)) {
        inputs += (inputs.empty() ? "" : " and ") + tensor_comment(program.tensors[input]);
    }
    return fmt::format("{}from {} to {}", text, inputs, tensor_comment(program.tensors[output_of(step)]));
}

} // namespace

std::string comment_name(std::string_view name) {
    std::string safe(name);
    for (char& letter : safe) {
        const bool is_safe = std::isalnum(static_cast<unsigned char>(letter)) != 0 ||
                             std::string_view("._:/-").find(letter) != std::string_view::npos;
        if (!is_safe) letter = '_';
    }
    return safe;
}

std::string c_identifier(std::string_view name) {
    std::string safe(name);
    for (char& letter : safe) {
        const auto byte = static_cast<unsigned char>(letter);
        letter = std::isalnum(byte) != 0 && byte < 128 ? static_cast<char>(std::tolower(byte)) : '_';
    }
    return safe;
}

std::string c_prefix(const IntegerProgram& program) { return "tandem_" + c_identifier(program.name); }

std::string tensor_comment(const IntegerTensor& tensor) {
    return fmt::format("{} {}x{}x{} {}", comment_name(tensor.name), tensor.extents.channels,
                       tensor.extents.rows, tensor.extents.columns, to_string(tensor.format));
}

std::string c_element_type(const NumberFormat& format) {
    return fmt::format("{}int{}_t", format.signedness == Signedness::is_signed ? "" : "u",
                       format.bits <= 8 ? 8 : 16);
}

std::string c_array(std::span<const std::int64_t> numbers) {
    std::string text = "{";
    std::size_t line_start = 0;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const std::string number = std::to_string(numbers[i]) + (i + 1 < numbers.size() ? "," : "}");
        if (i > 0 && text.size() - line_start + 1 + number.size() > kLineColumns) {
            text += "\n   ";
            line_start = text.size() - 3;
        }
        text += (i == 0 ? "" : " ") + number;
    }
    return text;
}

std::string c_step_name(const IntegerProgram& program, std::size_t step) {
    return fmt::format("{}_{}", kernel_name(program, program.steps[step]), step);
}

std::string c_weights_name(const IntegerProgram& program, std::size_t step) {
    return fmt::format("{}_weights_{}", c_prefix(program), step);
}

std::string c_step_table(const IntegerProgram& program, std::size_t step, const std::string& weights,
                         std::int64_t kept_rows) {
    const StepTable render{.program = program,
                           .name = c_step_name(program, step),
                           .index = std::to_string(step),
                           .weights = weights,
                           .kept_rows = kept_rows};
    return fmt::format("/* {} */\n{}", step_comment(program, step), std::visit(render, program.steps[step]));
}

} // namespace tandem
