#include <algorithm>
#include <array>
#include <cmath>
#include <mutex>
#include <type_traits>

#include "tandem/core/check.h"
#include "tandem/engine/fast_concat.h"
#include "tandem/engine/fast_layer.h"
#include "tandem/engine/fast_loops.h"
#include "tandem/engine/fast_pool.h"
#include "tandem/engine/fast_sum.h"
#include "tandem/engine/format_change.h"
#include "tandem/engine/headroom.h"
#include "tandem/engine/integer_executor.h"

namespace tandem {

/// A layer, made ready when it runs first: of a strategy that shares its first layers with others only the
/// last ever run.
struct LazyLayer {
    std::once_flag flag;
    std::unique_ptr<FastLayer> layer;
};

struct FastProgram::Plan {
    IntegerProgram program;
    KernelRules rules;
    std::int64_t batch = 1;        ///< samples whose tensors stay in a cache from step to step
    std::vector<bool> is_plain;    ///< by step: whether the plain engine runs it
    std::vector<LazyLayer> layers; ///< by step; empty for those that are no layers

    const FastLayer* layer(std::size_t step) {
        const auto* const what = std::get_if<LayerStep>(&program.steps[step]);
        if (what == nullptr) return nullptr;
        LazyLayer& lazy = layers[step];
        std::call_once(lazy.flag,
                       [&] { lazy.layer = std::make_unique<FastLayer>(program, *what, rules, batch); });
        return lazy.layer.get();
    }
};

namespace {

/// What a step reads and writes at most for the samples that go through together: half of a second-level
/// cache.
constexpr std::int64_t kCacheBytes = std::int64_t{1} << 20;
constexpr std::int64_t kLargestBatch = 16;

std::int64_t batch_for(const IntegerProgram& program) {
    const auto bytes_of = [&](TensorIndex tensor) {
        const IntegerTensor& stored = program.tensors[tensor];
        return stored.extents.elements() *
               static_cast<std::int64_t>(IntegerValues::bytes_per_element(stored.format));
    };
    std::int64_t largest = 1;
    for (const Step& step : program.steps) {
        std::int64_t bytes = bytes_of(output_of(step));
        for (const TensorIndex input : inputs_of(step)) bytes += bytes_of(input);
        largest = std::max(largest, bytes);
    }
    std::int64_t batch = kLargestBatch;
    while (batch > 1 && batch * largest > kCacheBytes) batch /= 2;
    return batch;
}

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
    // Neighbours stay neighbours: a pixel is a run of channels between two borders.
    const bool is_run = step.strides[0] == 1;
    const auto inside = [](std::int64_t channel) { return channel >= 0; };
    const auto begin = std::find_if(channels.begin(), channels.end(), inside);
    const auto end = std::find_if_not(begin, channels.end(), inside);
    for (std::int64_t sample = 0; sample < samples; ++sample) {
        for (const std::int64_t row : rows) {
            for (const std::int64_t column : columns) {
                const Element* const pixel = input + (row * from.columns + column) * from.channels;
                if (row < 0 || column < 0) {
                    output = std::fill_n(output, to.channels, fill);
                } else if (is_run && begin != end) {
                    output = std::fill_n(output, begin - channels.begin(), fill);
                    output = std::copy_n(pixel + *begin, end - begin, output);
                    output = std::fill_n(output, channels.end() - end, fill);
                } else {
                    for (const std::int64_t channel : channels)
                        *output++ = channel >= 0 ? pixel[channel] : fill;
                }
            }
        }
        input += from.elements();
    }
}

FormatChange change_of(const IntegerProgram& program, const RequantizeStep& step) {
    return {.from = program.tensors[step.input],
            .to = program.tensors[step.output],
            .rule = step.requantization,
            .clamp = step.clamp};
}

/// Whether the kernels here compute the step's rules; the others are rare, or cheap beside the layers.
struct IsTaken {
    const IntegerProgram& program;

    bool operator()(const LayerStep& step) const { return FastLayer::takes(program, step); }
    bool operator()(const AddStep& step) const {
        if (std::holds_alternative<FloatSum>(step.rule)) return true;
        if (std::holds_alternative<MultiplierSum>(step.rule)) return fits_tables(step);
        return step.rule == AddRule(ShiftRequantization{}) && !is_affine(step.left) && !is_affine(step.right);
    }
    /// A shift by nothing rounds nothing, by whatever name.
    bool operator()(const MaxPoolStep& step) const {
        return is_affine(step.input) ? program.tensors[step.input].scale == program.tensors[step.output].scale
                                     : step.requantization == ShiftRequantization{};
    }
    bool operator()(const AveragePoolStep& step) const { return takes_fast_pool(program, step); }
    bool operator()(const RequantizeStep& step) const { return change_of(program, step).is_fast(); }
    bool operator()(const FlattenStep&) const { return true; }
    bool operator()(const SelectStep&) const { return true; }
    bool operator()(const ConcatStep& step) const { return takes_fast_concat(program, step); }

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
            return add_scaled(step, *rule);
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

    void add_scaled(const AddStep& step, const FloatSum& rule) const {
        constexpr std::size_t kBlock = 1024;
        const fast_loops::ScaledSum sum{.left = rule.left,
                                        .right = rule.right,
                                        .output = rule.output,
                                        .left_zero = program.tensors[step.left].zero_point(),
                                        .right_zero = program.tensors[step.right].zero_point(),
                                        .output_zero = program.tensors[step.output].zero_point(),
                                        .minimum = step.clamp.minimum,
                                        .maximum = step.clamp.maximum};
        RawVector<std::int32_t> left(kBlock);
        RawVector<std::int32_t> right(kBlock);
        for (std::size_t first = 0; first < output.size(); first += kBlock) {
            const std::size_t count = std::min(kBlock, output.size() - first);
            const std::int32_t* const l = widened(term_of(*inputs[0], 0, 0), first, count, left);
            const std::int32_t* const r = widened(term_of(*inputs[1], 0, 0), first, count, right);
            fast_loops::add_scaled(l, r, sum, left.data(), count);
            if (IntegerValues::bytes_per_element(output.format()) == 1) {
                fast_loops::take_bytes(left.data(), 0, 0, output.as<std::uint8_t>() + first, count);
            } else {
                fast_loops::take_words(left.data(), output.as<std::uint16_t>() + first, count);
            }
        }
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

    void operator()(const RequantizeStep& step) const { output = change_of(program, step).apply(*inputs[0]); }

    void operator()(const MaxPoolStep& step) const {
        execute_fast_pool(program, step, *inputs[0], output, samples);
    }
    void operator()(const AveragePoolStep& step) const {
        execute_fast_pool(program, step, *inputs[0], output, samples);
    }

    void operator()(const ConcatStep& step) const {
        execute_fast_concat(program, step, inputs, output, samples);
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
    : plan_(std::make_unique<Plan>(
          Plan{.program = std::move(program), .rules = rules, .batch = 1, .is_plain = {}, .layers = {}})) {
    plan_->batch = batch_for(plan_->program);
    for (const Step& step : plan_->program.steps) {
        plan_->is_plain.push_back(!std::visit(IsTaken{plan_->program}, step));
    }
    plan_->layers = std::vector<LazyLayer>(plan_->program.steps.size());
}

FastProgram::FastProgram(FastProgram&&) noexcept = default;
FastProgram& FastProgram::operator=(FastProgram&&) noexcept = default;
FastProgram::~FastProgram() = default;

const IntegerProgram& FastProgram::program() const { return plan_->program; }

std::int64_t FastProgram::batch() const { return plan_->batch; }

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
    std::visit(StepExecutor{program, plan_->layer(step), inputs, samples, output}, what);
    return output;
}

IntegerValues quantize_input_fast(const IntegerProgram& program, std::span<const float> samples) {
    const IntegerTensor& tensor = program.tensors[program.input];
    if (tensor.format.levels == Levels::bipolar) return quantize_input(program, samples);
    // Scaling a float by a power of two is exact, but for what is below every half and beyond every range.
    const float scale = std::ldexp(1.0F, tensor.format.fraction_bits);
    const auto channels = static_cast<std::size_t>(tensor.extents.channels);
    const auto pixels = static_cast<std::size_t>(tensor.extents.rows * tensor.extents.columns);
    TANDEM_CHECK(samples.size() % (channels * pixels) == 0, "whole samples");
    IntegerValues values(tensor.format, samples.size());
    RawVector<std::int32_t> plane(pixels);
    const auto scatter = [&](auto* to, std::size_t first) {
        for (std::size_t pixel = 0; pixel < pixels; ++pixel) {
            to[first + pixel * channels] = static_cast<std::remove_reference_t<decltype(*to)>>(plane[pixel]);
        }
    };
    for (std::size_t i = 0; i < samples.size() / pixels; ++i) { // one channel of one sample
        const float* const channel = samples.data() + i * pixels;
        const std::int32_t least = minimum_integer(tensor.format);
        const std::int32_t most = maximum_integer(tensor.format);
        if (tensor.scale) {
            fast_loops::quantize(channel, tensor.scale->scale, tensor.scale->zero_point, least, most,
                                 plane.data(), pixels);
        } else {
            fast_loops::quantize(channel, scale, least, most, plane.data(), pixels);
        }
        const std::size_t first = i / channels * channels * pixels + i % channels;
        if (IntegerValues::bytes_per_element(tensor.format) == 1) {
            scatter(values.as<std::uint8_t>(), first);
        } else {
            scatter(values.as<std::uint16_t>(), first);
        }
    }
    return values;
}

IntegerValues run_fast(const FastProgram& fast, std::span<const float> samples, std::int64_t count) {
    const IntegerProgram& program = fast.program();
    const auto elements = static_cast<std::size_t>(program.tensors[program.input].extents.elements());
    TANDEM_CHECK(samples.size() == static_cast<std::size_t>(count) * elements,
                 "samples of the program's input");
    const IntegerTensor& written = program.tensors[program.output];
    IntegerValues output(written.format, static_cast<std::size_t>(count * written.extents.elements()));
    std::uint8_t* result = output.as<std::uint8_t>();
    for (std::int64_t first = 0; first < count; first += fast.batch()) {
        const std::int64_t size = std::min(fast.batch(), count - first);
        const auto chunk = samples.subspan(static_cast<std::size_t>(first) * elements,
                                           static_cast<std::size_t>(size) * elements);
        const auto tensors = execute_fast(fast, quantize_input_fast(program, chunk), size);
        const IntegerValues& part = tensors[program.output];
        result = std::copy_n(part.as<std::uint8_t>(), part.size_bytes(), result);
    }
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
