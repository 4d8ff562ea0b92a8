#include <algorithm>
#include <array>

#include "tandem/core/check.h"
#include "tandem/engine/fast_layer.h"
#include "tandem/engine/fast_pool.h"
#include "tandem/engine/fast_sum.h"
#include "tandem/engine/headroom.h"
#include "tandem/engine/integer_executor.h"

namespace tandem {

struct FastProgram::Plan {
    IntegerProgram program;
    std::vector<std::unique_ptr<FastLayer>> layers; ///< by step; null for those that are no layers
    std::vector<bool> is_plain;                     ///< by step: whether the plain engine runs it
};

namespace {

using Inputs = std::span<const IntegerValues* const>;

template <class Element>
void flatten(const Extents& extents, const Element* input, Element* output, std::int64_t samples) {
    const std::int64_t places = extents.rows * extents.columns;
    for (std::int64_t sample = 0; sample < samples; ++sample) {
        for (std::int64_t channel = 0; channel < extents.channels; ++channel) {
            for (std::int64_t place = 0; place < places; ++place) {
                *output++ = input[place * extents.channels + channel];
            }
        }
        input += extents.elements();
    }
}

/// Positions of one axis: where each output lies in the input, -1 outside.
std::vector<std::int64_t> positions(std::int64_t offset, std::int64_t stride, std::int64_t outputs,
                                    std::int64_t inputs) {
    std::vector<std::int64_t> places(static_cast<std::size_t>(outputs));
    for (std::int64_t i = 0; i < outputs; ++i) {
        const std::int64_t place = offset + stride * i;
        places[static_cast<std::size_t>(i)] = place >= 0 && place < inputs ? place : -1;
    }
    return places;
}

template <class Element> void select(const SelectStep& step, const Extents& from, const Extents& to,
                                     const Element* input, Element* output, std::int64_t samples) {
    const auto fill = static_cast<Element>(step.fill);
    const auto channels = positions(step.offsets[0], step.strides[0], to.channels, from.channels);
    const auto rows = positions(step.offsets[1], step.strides[1], to.rows, from.rows);
    const auto columns = positions(step.offsets[2], step.strides[2], to.columns, from.columns);
    for (std::int64_t sample = 0; sample < samples; ++sample) {
        for (const std::int64_t row : rows) {
            for (const std::int64_t column : columns) {
                const bool is_inside = row >= 0 && column >= 0;
                const Element* const pixel = input + (row * from.columns + column) * from.channels;
                for (const std::int64_t channel : channels) {
                    *output++ = is_inside && channel >= 0 ? pixel[channel] : fill;
                }
            }
        }
        input += from.elements();
    }
}

/// Whether the kernels here compute the step's rules; the others are rare, or cheap beside the layers.
struct IsTaken {
    const IntegerProgram& program;

    bool operator()(const LayerStep& step) const { return FastLayer::takes(program, step); }
    bool operator()(const AddStep& step) const {
        if (!std::holds_alternative<ShiftRequantization>(step.rule)) return fits_tables(step);
        return step.rule == AddRule(ShiftRequantization{}) && !is_affine(step.left) && !is_affine(step.right);
    }
    /// A shift by nothing rounds nothing, by whatever name.
    bool operator()(const MaxPoolStep& step) const {
        return is_affine(step.input) ? program.tensors[step.input].scale == program.tensors[step.output].scale
                                     : step.requantization == ShiftRequantization{};
    }
    bool operator()(const AveragePoolStep& step) const {
        return step.rule == MeanRule(ExactMean{}) && !is_affine(step.input);
    }
    bool operator()(const RequantizeStep& step) const {
        return step.requantization == Requantization(ShiftRequantization{}) && !is_affine(step.input);
    }
    bool operator()(const FlattenStep&) const { return true; }
    bool operator()(const SelectStep&) const { return true; }

    bool is_affine(TensorIndex tensor) const { return program.tensors[tensor].scale.has_value(); }
    bool fits_tables(const AddStep& step) const {
        return program.tensors[step.left].format.bits <= 8 && program.tensors[step.right].format.bits <= 8;
    }
};

/// What an operand of up to 8 bits contributes to a sum, by the bits of the stored integer.
template <class Part, class Compute>
std::array<Part, 256> table_of(const IntegerTensor& operand, const Compute& compute) {
    std::array<Part, 256> table{};
    for (std::int32_t integer = minimum_integer(operand.format); integer <= maximum_integer(operand.format);
         ++integer) {
        table[static_cast<std::uint8_t>(integer)] = compute(integer - operand.zero_point());
    }
    return table;
}

struct StepExecutor {
    const IntegerProgram& program;
    const FastLayer* layer;
    Inputs inputs;
    std::int64_t samples;
    IntegerValues& output;

    const NumberFormat& format(TensorIndex tensor) const { return program.tensors[tensor].format; }

    void operator()(const LayerStep& step) const {
        layer->execute(*inputs[0], step.residual ? inputs[1] : nullptr, output, samples);
    }

    void operator()(const AddStep& step) const {
        if (const auto* rule = std::get_if<MultiplierSum>(&step.rule)) {
            const auto scaled = [&](const FixedPointMultiplier& by) {
                return [&rule, &by](std::int32_t integer) {
                    return multiply(integer * (1 << rule->left_shift), by, rule->rounding);
                };
            };
            return add_by_tables(
                step, table_of<std::int32_t>(program.tensors[step.left], scaled(rule->left)),
                table_of<std::int32_t>(program.tensors[step.right], scaled(rule->right)),
                [&](std::int32_t sum) { return multiply(sum, rule->output, rule->rounding); });
        }
        if (const auto* rule = std::get_if<FloatSum>(&step.rule)) {
            const auto scaled = [](float by) {
                return [by](std::int32_t integer) { return by * static_cast<float>(integer); };
            };
            return add_by_tables(step, table_of<float>(program.tensors[step.left], scaled(rule->left)),
                                 table_of<float>(program.tensors[step.right], scaled(rule->right)),
                                 [&](float sum) { return rounded_float(sum / rule->output); });
        }
        const int left = format(step.left).fraction_bits;
        const int right = format(step.right).fraction_bits;
        const int finer = std::max(left, right);
        const RoundedSum sum({.bias = {},
                              .shift = finer - format(step.output).fraction_bits,
                              .clamp = step.clamp,
                              .largest = largest_intermediate(program, step)});
        const std::array terms{term_of(*inputs[0], 0, finer - left), term_of(*inputs[1], 0, finer - right)};
        sum.run_into(output, 0, terms, output.size());
    }

    template <class Table, class Finish> void add_by_tables(const AddStep& step, const Table& left,
                                                            const Table& right, const Finish& finish) const {
        const std::int32_t zero_point = program.tensors[step.output].zero_point();
        const auto* const l = inputs[0]->as<std::uint8_t>();
        const auto* const r = inputs[1]->as<std::uint8_t>();
        for (std::size_t i = 0; i < output.size(); ++i) {
            const std::int64_t sum = std::int64_t{finish(left[l[i]] + right[r[i]])} + zero_point;
            output.set(i, static_cast<std::int32_t>(
                              std::clamp<std::int64_t>(sum, step.clamp.minimum, step.clamp.maximum)));
        }
    }

    void operator()(const RequantizeStep& step) const {
        const RoundedSum sum({.bias = {},
                              .shift = format(step.input).fraction_bits - format(step.output).fraction_bits,
                              .clamp = step.clamp,
                              .largest = largest_intermediate(program, step)});
        const std::array terms{term_of(*inputs[0], 0, 0)};
        sum.run_into(output, 0, terms, output.size());
    }

    void operator()(const MaxPoolStep& step) const {
        execute_fast_pool(program, step, *inputs[0], output, samples);
    }
    void operator()(const AveragePoolStep& step) const {
        execute_fast_pool(program, step, *inputs[0], output, samples);
    }

    void operator()(const FlattenStep& step) const {
        const Extents& extents = program.tensors[step.input].extents;
        TANDEM_CHECK(format(step.input) == format(step.output), "flattening leaves integers as they are");
        if (IntegerValues::bytes_per_element(output.format()) == 1) {
            flatten(extents, inputs[0]->as<std::uint8_t>(), output.as<std::uint8_t>(), samples);
        } else {
            flatten(extents, inputs[0]->as<std::uint16_t>(), output.as<std::uint16_t>(), samples);
        }
    }

    void operator()(const SelectStep& step) const {
        const Extents& from = program.tensors[step.input].extents;
        const Extents& to = program.tensors[step.output].extents;
        TANDEM_CHECK(format(step.input) == format(step.output), "selecting leaves integers as they are");
        if (IntegerValues::bytes_per_element(output.format()) == 1) {
            select(step, from, to, inputs[0]->as<std::uint8_t>(), output.as<std::uint8_t>(), samples);
        } else {
            select(step, from, to, inputs[0]->as<std::uint16_t>(), output.as<std::uint16_t>(), samples);
        }
    }
};

} // namespace

FastProgram::FastProgram(IntegerProgram program, KernelRules rules)
    : plan_(std::make_unique<Plan>(Plan{std::move(program), {}, {}})) {
    const onednn::OneThread one_thread;
    for (const Step& step : plan_->program.steps) {
        plan_->is_plain.push_back(!std::visit(IsTaken{plan_->program}, step));
        const auto* const layer = std::get_if<LayerStep>(&step);
        plan_->layers.push_back(layer == nullptr || plan_->is_plain.back()
                                    ? nullptr
                                    : std::make_unique<FastLayer>(plan_->program, *layer, rules));
    }
}

FastProgram::FastProgram(FastProgram&&) noexcept = default;
FastProgram& FastProgram::operator=(FastProgram&&) noexcept = default;
FastProgram::~FastProgram() = default;

const IntegerProgram& FastProgram::program() const { return plan_->program; }

IntegerValues FastProgram::execute(std::size_t step, Inputs inputs, std::int64_t samples) const {
    const onednn::OneThread one_thread;
    const IntegerProgram& program = plan_->program;
    const Step& what = program.steps[step];
    const std::vector<TensorIndex> reads = inputs_of(what);
    TANDEM_CHECK(inputs.size() == reads.size(), "one tensor for each input of the step");
    for (std::size_t i = 0; i < reads.size(); ++i) {
        const IntegerTensor& tensor = program.tensors[reads[i]];
        TANDEM_CHECK(inputs[i]->format() == tensor.format, "tensor " + tensor.name + " in its format");
        TANDEM_CHECK(static_cast<std::int64_t>(inputs[i]->size()) == samples * tensor.extents.elements(),
                     "tensor " + tensor.name + " of that many samples");
    }
    if (plan_->is_plain[step]) return execute_plain_step(program, step, inputs, samples);
    const IntegerTensor& written = program.tensors[output_of(what)];
    IntegerValues output(written.format, static_cast<std::size_t>(samples * written.extents.elements()));
    std::visit(StepExecutor{program, plan_->layers[step].get(), inputs, samples, output}, what);
    return output;
}

std::vector<IntegerValues> execute_fast(const FastProgram& program, const IntegerValues& input,
                                        std::int64_t samples) {
    std::vector<IntegerValues> stored(program.program().tensors.size());
    stored[program.program().input] = input;
    for (std::size_t step = 0; step < program.program().steps.size(); ++step) {
        std::vector<const IntegerValues*> inputs;
        for (const TensorIndex tensor : inputs_of(program.program().steps[step])) {
            inputs.push_back(&stored[tensor]);
        }
        stored[output_of(program.program().steps[step])] = program.execute(step, inputs, samples);
    }
    return stored;
}

} // namespace tandem
