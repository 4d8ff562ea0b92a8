#include "tandem/engine/fast_concat.h"

#include <algorithm>
#include <array>

#include "tandem/engine/fast_sum.h"
#include "tandem/engine/headroom.h"

namespace tandem {

namespace {

/// How an input's integers become the output's.
enum class Change { none, sum, table, unknown };

Change change_of(const IntegerProgram& program, const ConcatStep& step, std::size_t part) {
    const IntegerTensor& from = program.tensors[step.inputs[part]];
    const IntegerTensor& to = program.tensors[step.output];
    const auto* const shift = std::get_if<ShiftRequantization>(&step.requantizations[part]);
    const bool is_same = from.format == to.format && from.scale == to.scale && shift != nullptr;
    const bool is_whole = step.clamp == Clamp{minimum_integer(to.format), maximum_integer(to.format)};
    if (is_same && is_whole) return Change::none;
    const bool is_default = shift != nullptr && *shift == ShiftRequantization{};
    if (is_default && !from.scale && !to.scale) return Change::sum;
    const bool depends_on_place = shift != nullptr && shift->rounding == Rounding::stochastic;
    return from.format.bits <= 8 && to.format.bits <= 8 && !depends_on_place ? Change::table
                                                                             : Change::unknown;
}

/// The input in the output's format.
IntegerValues summed(const IntegerProgram& program, const ConcatStep& step, const IntegerValues& input) {
    const NumberFormat& to = program.tensors[step.output].format;
    IntegerValues changed(to, input.size());
    const RoundedSum sum({.bias = {},
                          .shift = input.format().fraction_bits - to.fraction_bits,
                          .clamp = step.clamp,
                          .largest = largest_intermediate(program, step)});
    const std::array terms{term_of(input, 0, 0)};
    sum.run_into(changed, 0, terms, input.size());
    return changed;
}

IntegerValues looked_up(const IntegerProgram& program, const ConcatStep& step, std::size_t part,
                        const IntegerValues& input) {
    const IntegerTensor& from = program.tensors[step.inputs[part]];
    const IntegerTensor& to = program.tensors[step.output];
    std::array<std::uint8_t, 256> table{};
    for (std::int32_t integer = minimum_integer(from.format); integer <= maximum_integer(from.format);
         ++integer) {
        const std::int64_t rounded =
            requantized(step.requantizations[part], integer - from.zero_point(),
                        from.format.fraction_bits - to.format.fraction_bits, Place{}) +
            to.zero_point();
        table[static_cast<std::uint8_t>(integer)] = static_cast<std::uint8_t>(
            std::clamp<std::int64_t>(rounded, step.clamp.minimum, step.clamp.maximum));
    }
    IntegerValues changed(to.format, input.size());
    const auto* const integers = input.as<std::uint8_t>();
    std::transform(integers, integers + input.size(), changed.as<std::uint8_t>(),
                   [&](std::uint8_t integer) { return table[integer]; });
    return changed;
}

} // namespace

bool takes_fast_concat(const IntegerProgram& program, const ConcatStep& step) {
    for (std::size_t part = 0; part < step.inputs.size(); ++part) {
        if (change_of(program, step, part) == Change::unknown) return false;
    }
    return true;
}

void execute_fast_concat(const IntegerProgram& program, const ConcatStep& step,
                         std::span<const IntegerValues* const> inputs, IntegerValues& output,
                         std::int64_t samples) {
    // Pixels lie channel-last: what is within a run depends on the axis.
    const Extents& whole = program.tensors[step.output].extents;
    const std::int64_t inner = step.axis == 0   ? 1
                               : step.axis == 2 ? whole.channels
                                                : whole.channels * whole.columns;
    const std::int64_t element = static_cast<std::int64_t>(IntegerValues::bytes_per_element(output.format()));
    const std::int64_t output_run = whole.along(step.axis) * inner * element;
    const std::int64_t runs = samples * whole.elements() * element / output_run;
    std::int64_t begin = 0;
    for (std::size_t part = 0; part < step.inputs.size(); ++part) {
        const Change change = change_of(program, step, part);
        IntegerValues changed;
        if (change == Change::sum) changed = summed(program, step, *inputs[part]);
        if (change == Change::table) changed = looked_up(program, step, part, *inputs[part]);
        const IntegerValues& source = change == Change::none ? *inputs[part] : changed;
        const std::int64_t run =
            program.tensors[step.inputs[part]].extents.along(step.axis) * inner * element;
        const auto* from = source.as<std::uint8_t>();
        auto* to = output.as<std::uint8_t>() + begin;
        for (std::int64_t i = 0; i < runs; ++i, from += run, to += output_run) std::copy_n(from, run, to);
        begin += run;
    }
}

} // namespace tandem
