// Float kernels that reduce along axes. Sums are kept in double, so that they do not depend on the layout.
#include <algorithm>
#include <limits>

#include "tandem/engine/float_kernel_list.h"
#include "tandem/engine/float_tensors.h"
#include "tandem/network/operators/operators.h"

namespace tandem::float_kernels {

using dnnl::memory;
using onednn::cpu;

namespace {

template <class Combine>
std::vector<double> reduced(const FloatCall& call, double start, const Combine& combine) {
    const ReduceAttributes attributes = reduce_attributes(call.node, call.network);
    const memory& input = call.inputs[0];
    const Extents extents = input.get_desc().dims();
    // Row-major strides of the result over the input's dimensions, 0 along those that go.
    Extents to(extents.size(), 0);
    std::int64_t count = 1;
    for (std::size_t i = extents.size(); i-- > 0;) {
        const bool goes =
            std::find(attributes.axes.begin(), attributes.axes.end(), i) != attributes.axes.end();
        if (goes) continue;
        to[i] = count;
        count *= extents[i];
    }
    std::vector<double> result(static_cast<std::size_t>(count), start);
    const Walk<2> walk = in_memory_order<2>({.extents = extents, .strides = {strides_of(input), to}});
    const std::int64_t from_step = walk.strides[0].back();
    const std::int64_t to_step = walk.strides[1].back();
    for_each_row(walk.extents, walk.strides, [&](const auto& offsets, std::int64_t length) {
        for (std::int64_t i = 0; i < length; ++i) {
            double& value = result[static_cast<std::size_t>(offsets[1] + i * to_step)];
            value = combine(value, static_cast<double>(floats(input)[offsets[0] + i * from_step]));
        }
    });
    return result;
}

memory as_floats(const FloatCall& call, const std::vector<double>& values, double divisor = 1.0) {
    const memory result(onnx_layout(output_extents(call)), cpu());
    std::transform(values.begin(), values.end(), floats(result),
                   [&](double value) { return static_cast<float>(value / divisor); });
    return as_output(call, result);
}

} // namespace

memory arg_max(const FloatCall& call) {
    const ArgMaxAttributes attributes = arg_max_attributes(call.node, call.network);
    const memory input = row_major(call.inputs[0]);
    const Extents extents = input.get_desc().dims();
    const memory result(onnx_layout(output_extents(call)), cpu());
    const std::int64_t inner = product(extents, attributes.axis + 1, extents.size());
    const std::int64_t count = extents[attributes.axis];
    for (std::int64_t set = 0; set < product(extents, 0, attributes.axis) * inner; ++set) {
        const float* values = floats(input) + set / inner * count * inner + set % inner;
        std::int64_t largest = 0;
        for (std::int64_t i = 1; i < count; ++i) {
            const float challenger = values[i * inner];
            const float champion = values[largest * inner];
            if (challenger > champion || (attributes.takes_last && challenger == champion)) largest = i;
        }
        floats(result)[set] = static_cast<float>(largest);
    }
    return as_output(call, result);
}

memory reduce_max(const FloatCall& call) {
    return as_floats(call, reduced(call, -std::numeric_limits<double>::infinity(),
                                   [](double a, double b) { return std::max(a, b); }));
}

memory reduce_mean(const FloatCall& call) {
    const Extents extents = call.inputs[0].get_desc().dims();
    double count = 1.0;
    const ReduceAttributes attributes = reduce_attributes(call.node, call.network);
    for (const std::size_t axis : attributes.axes) count *= static_cast<double>(extents[axis]);
    return as_floats(call, reduced(call, 0.0, std::plus<double>()), count);
}

memory reduce_min(const FloatCall& call) {
    return as_floats(call, reduced(call, std::numeric_limits<double>::infinity(),
                                   [](double a, double b) { return std::min(a, b); }));
}

memory reduce_sum(const FloatCall& call) { return as_floats(call, reduced(call, 0.0, std::plus<double>())); }

} // namespace tandem::float_kernels
