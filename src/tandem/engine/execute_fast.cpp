#include <cstring>

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
    : plan_(std::make_unique<Plan>(Plan{std::move(program), {}})) {
    const onednn::OneThread one_thread;
    for (const Step& step : plan_->program.steps) {
        const auto* const layer = std::get_if<LayerStep>(&step);
        plan_->layers.push_back(
            layer == nullptr ? nullptr : std::make_unique<FastLayer>(plan_->program, *layer, rules));
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
