#include "tandem/deploy/c/c_step_table.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "tandem/deploy/c/c_text.h"
#include "tandem/engine/headroom.h"
#include "tandem/machine/microcontroller/c_layer.h"

namespace tandem {

namespace {

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

/// A float that C reads back exactly.
std::string float_value(float value) { return fmt::format("{:a}f", value); }

std::string factor_value(const FixedPointMultiplier& by) {
    return fmt::format("{{{}, {}}}", by.multiplier, by.shift);
}

/// The factors of a rule of scales, as text; none of a shift.
std::vector<std::string> factors_of(const Requantization& rule) {
    std::vector<std::string> factors;
    if (const auto* by = std::get_if<FloatRequantization>(&rule)) {
        for (const float scale : by->scales) factors.push_back(float_value(scale));
    }
    if (const auto* by = std::get_if<MultiplierRequantization>(&rule)) {
        for (const FixedPointMultiplier& each : by->multipliers) factors.push_back(factor_value(each));
    }
    return factors;
}

/// Renders the table of one step.
struct StepTable {
    const IntegerProgram& program;
    StepTableNames names;
    std::int64_t kept_rows = 0;

    const IntegerTensor& tensor(TensorIndex index_of_tensor) const {
        return program.tensors[index_of_tensor];
    }
    int fraction_bits(TensorIndex index_of_tensor) const {
        return tensor(index_of_tensor).format.fraction_bits;
    }

    /// The array of a rule's factors, before the table that names it; nothing of a shift.
    std::string factor_array(const Requantization& rule, const std::string& array) const {
        const std::vector<std::string> factors = factors_of(rule);
        if (factors.empty()) return "";
        return fmt::format("static const tandem_factor {}[] = {{{}}};\n", array,
                           fmt::join(factors, ",\n    "));
    }

    std::string scale_value(const Requantization& rule, const std::string& array, TensorIndex output) const {
        const std::size_t factors = factors_of(rule).size();
        return fmt::format("{{{}, {}, {}}}", factors == 0 ? "0" : array, factors > 1 ? 1 : 0,
                           tensor(output).zero_point());
    }

    std::string factors_name() const { return names.table + "_factors"; }

    /// What a layer has beside the rest in a program with scales.
    void set_scale(Initializer& table, const LayerStep& step, const CLayerParameters& parameters) const {
        if (!tensor(step.output).scale) return;
        table.set("padding", parameters.padding);
        if (parameters.kernel == LayerKernel::narrow) table.set("sum_shift", parameters.weight_shift);
        table.set("scale", scale_value(step.requantization, factors_name(), step.output));
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
            .set("weights", names.weights)
            .set("row_elements", parameters.row_elements)
            .set("weight_bits", parameters.weight_bits)
            .set("bias", names.bias);
        set_output(table, step, parameters.weight_shift);
        set_scale(table, step, parameters);
        return table.text("tandem_layer", names.table);
    }

    std::string depthwise_table(const LayerStep& step, const CLayerParameters& parameters) const {
        Initializer table = layer_table(step);
        table.set("weights", names.weights).set("bias", names.bias);
        table.set("kept_rows", kept_rows);
        set_output(table, step, 0);
        set_scale(table, step, parameters);
        return table.text("tandem_depthwise", names.table);
    }

    std::string wide_table(const LayerStep& step, const CLayerParameters& parameters) const {
        Initializer table = layer_table(step);
        table.set("groups", step.groups);
        set_requantization(table, step);
        table.set("input_offset", parameters.input_offset)
            .set(fmt::format("weights_{}", parameters.weight_bits), names.weights)
            .set(fmt::format("bias_{}", parameters.bias_bits), names.bias)
            .set("sum_bits", parameters.sum_bits);
        set_output(table, step, 0);
        set_scale(table, step, parameters);
        return table.text("tandem_wide_layer", names.table);
    }

    std::string operator()(const LayerStep& step) const {
        const CLayerParameters parameters = c_layer_parameters(program, step);
        const std::string factors = factor_array(step.requantization, factors_name());
        switch (parameters.kernel) {
        case LayerKernel::narrow: return factors + narrow_table(step, parameters);
        case LayerKernel::depthwise: return factors + depthwise_table(step, parameters);
        case LayerKernel::wide: return factors + wide_table(step, parameters);
        }
        return "";
    }

    std::string scaled_add_table(const AddStep& step) const {
        Initializer table;
        table.set("left_type", type_constant(tensor(step.left).format))
            .set("right_type", type_constant(tensor(step.right).format))
            .set("output", tensor_value(tensor(step.output)))
            .set("left_zero_point", tensor(step.left).zero_point())
            .set("right_zero_point", tensor(step.right).zero_point());
        if (const auto* sum = std::get_if<FloatSum>(&step.rule)) {
            table.set("left_factor", float_value(sum->left))
                .set("right_factor", float_value(sum->right))
                .set("output_factor", float_value(sum->output));
        } else {
            const auto& by = std::get<MultiplierSum>(step.rule);
            table.set("left_shift", by.left_shift)
                .set("left_factor", factor_value(by.left))
                .set("right_factor", factor_value(by.right))
                .set("output_factor", factor_value(by.output));
        }
        return table.set("zero_point", tensor(step.output).zero_point())
            .set("clamp", clamp_value(step.clamp))
            .text("tandem_scaled_add", names.table);
    }

    std::string operator()(const AddStep& step) const {
        if (has_scaled_rule(step)) return scaled_add_table(step);
        const int finer = std::max(fraction_bits(step.left), fraction_bits(step.right));
        return Initializer()
            .set("left_type", type_constant(tensor(step.left).format))
            .set("right_type", type_constant(tensor(step.right).format))
            .set("output", tensor_value(tensor(step.output)))
            .set("left_alignment", finer - fraction_bits(step.left))
            .set("right_alignment", finer - fraction_bits(step.right))
            .set("output_shift", finer - fraction_bits(step.output))
            .set("clamp", clamp_value(step.clamp))
            .text("tandem_add", names.table);
    }

    std::string operator()(const MaxPoolStep& step) const {
        return Initializer()
            .set("input", tensor_value(tensor(step.input)))
            .set("output", tensor_value(tensor(step.output)))
            .set("window", window_value(step.window))
            .set("output_shift", fraction_bits(step.input) - fraction_bits(step.output))
            .set("clamp", clamp_value(step.clamp))
            .text("tandem_max_pool", names.table);
    }

    std::string scaled_average_pool_table(const AveragePoolStep& step) const {
        Initializer table;
        table.set("input", tensor_value(tensor(step.input)))
            .set("output", tensor_value(tensor(step.output)))
            .set("window", window_value(step.window))
            .set("counts_padding", step.counts_padding ? 1 : 0)
            .set("input_zero_point", tensor(step.input).zero_point())
            .set("is_scaled", std::holds_alternative<HalfAwayMean>(step.rule) ? 0 : 1);
        if (const auto* mean = std::get_if<FloatMean>(&step.rule)) {
            table.set("factor", float_value(mean->scale));
        }
        if (const auto* mean = std::get_if<MultiplierMean>(&step.rule)) {
            table.set("factor", factor_value(mean->factor));
        }
        return table.set("zero_point", tensor(step.output).zero_point())
            .set("clamp", clamp_value(step.clamp))
            .text("tandem_scaled_average_pool", names.table);
    }

    std::string operator()(const AveragePoolStep& step) const {
        if (has_scaled_rule(step)) return scaled_average_pool_table(step);
        const int shift = fraction_bits(step.output) - fraction_bits(step.input);
        return Initializer()
            .set("input", tensor_value(tensor(step.input)))
            .set("output", tensor_value(tensor(step.output)))
            .set("window", window_value(step.window))
            .set("counts_padding", step.counts_padding ? 1 : 0)
            .set("sum_shift", std::max(shift, 0))
            .set("count_shift", std::max(-shift, 0))
            .set("clamp", clamp_value(step.clamp))
            .text("tandem_average_pool", names.table);
    }

    std::string operator()(const RequantizeStep& step) const {
        if (has_scaled_rule(step)) {
            return factor_array(step.requantization, factors_name()) +
                   Initializer()
                       .set("input_type", type_constant(tensor(step.input).format))
                       .set("output", tensor_value(tensor(step.output)))
                       .set("input_zero_point", tensor(step.input).zero_point())
                       .set("scale", scale_value(step.requantization, factors_name(), step.output))
                       .set("clamp", clamp_value(step.clamp))
                       .text("tandem_scaled_requantize", names.table);
        }
        return Initializer()
            .set("input_type", type_constant(tensor(step.input).format))
            .set("output", tensor_value(tensor(step.output)))
            .set("output_shift", fraction_bits(step.input) - fraction_bits(step.output))
            .set("clamp", clamp_value(step.clamp))
            .text("tandem_requantize", names.table);
    }

    std::string operator()(const FlattenStep& step) const {
        return Initializer()
            .set("input", tensor_value(tensor(step.input)))
            .text("tandem_flatten", names.table);
    }

    std::string operator()(const SelectStep& step) const {
        return Initializer()
            .set("input", tensor_value(tensor(step.input)))
            .set("output", tensor_value(tensor(step.output)))
            .set("offsets", c_array(step.offsets))
            .set("strides", c_array(step.strides))
            .set("fill", step.fill)
            .text("tandem_select", names.table);
    }

    /// One entry an input, in their order.
    std::string operator()(const ConcatStep& step) const {
        const bool is_scaled = has_scaled_rule(step);
        std::string factors;
        std::string entries;
        std::array<std::int64_t, 3> offsets{0, 0, 0};
        for (std::size_t part = 0; part < step.inputs.size(); ++part) {
            const TensorIndex input = step.inputs[part];
            const std::string array = fmt::format("{}_{}", factors_name(), part);
            std::string change = std::to_string(fraction_bits(input) - fraction_bits(step.output));
            if (is_scaled) {
                const Requantization& rule = step.requantizations[part];
                factors += factor_array(rule, array);
                change =
                    fmt::format("{}, {}", tensor(input).zero_point(), scale_value(rule, array, step.output));
            }
            entries += fmt::format("    {{{}, {}, {}, {}, {}}},\n", tensor_value(tensor(input)),
                                   tensor_value(tensor(step.output)), c_array(offsets), change,
                                   clamp_value(step.clamp));
            offsets[step.axis] += tensor(input).extents.along(step.axis);
        }
        return fmt::format("{}static const tandem_{}concat {}[] = {{\n{}}};\n", factors,
                           is_scaled ? "scaled_" : "", names.table, entries);
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

std::string c_step_table(const IntegerProgram& program, std::size_t step, const StepTableNames& names,
                         std::int64_t kept_rows) {
    const StepTable render{.program = program, .names = names, .kept_rows = kept_rows};
    return fmt::format("/* {} */\n{}", step_comment(program, step), std::visit(render, program.steps[step]));
}

} // namespace tandem
