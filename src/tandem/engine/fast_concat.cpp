#include "tandem/engine/fast_concat.h"

#include <algorithm>

#include "tandem/engine/format_change.h"

namespace tandem {

namespace {

FormatChange change_of(const IntegerProgram& program, const ConcatStep& step, std::size_t part) {
    return {.from = program.tensors[step.inputs[part]],
            .to = program.tensors[step.output],
            .rule = step.requantizations[part],
            .clamp = step.clamp};
}

} // namespace

bool takes_fast_concat(const IntegerProgram& program, const ConcatStep& step) {
    for (std::size_t part = 0; part < step.inputs.size(); ++part) {
        if (!change_of(program, step, part).is_fast()) return false;
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
        const FormatChange change = change_of(program, step, part);
        IntegerValues changed;
        if (!change.is_nothing()) changed = change.apply(*inputs[part]);
        const IntegerValues& source = change.is_nothing() ? *inputs[part] : changed;
        const std::int64_t run =
            program.tensors[step.inputs[part]].extents.along(step.axis) * inner * element;
        const auto* from = source.as<std::uint8_t>();
        auto* to = output.as<std::uint8_t>() + begin;
        for (std::int64_t i = 0; i < runs; ++i, from += run, to += output_run) std::copy_n(from, run, to);
        begin += run;
    }
}

} // namespace tandem
