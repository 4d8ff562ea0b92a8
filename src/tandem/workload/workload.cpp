// Loop nests of Conv and Gemm. A Gemm is a convolution of one pixel.
#include "tandem/workload/workload.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tandem/core/check.h"
#include "tandem/network/operators/operators.h"

namespace tandem {

namespace {

void set(LayerWork& work, Dimension dimension, std::int64_t extent) {
    work.extents[static_cast<std::size_t>(dimension)] = extent;
}

LayerWork conv_work(const Node& node, const Network& network) {
    const ConvAttributes conv = conv_attributes(node, network);
    const Shape& input = network.shape(node.inputs[0]);
    const Shape& output = network.shape(node.outputs[0]);
    LayerWork work;
    set(work, Dimension::k, output[1] / conv.groups);
    set(work, Dimension::c, input[1] / conv.groups);
    // A convolution over one dimension is one of a single row.
    set(work, Dimension::oy, output.size() == 3 ? 1 : output[2]);
    set(work, Dimension::ox, output.back());
    set(work, Dimension::fy, conv.window.kernel[0]);
    set(work, Dimension::fx, conv.window.kernel[1]);
    work.groups = conv.groups;
    work.strides = conv.window.strides;
    work.dilations = conv.window.dilations;
    for (std::size_t axis = 0; axis < 2; ++axis) {
        work.pads[axis] = conv.window.pads_begin[axis] + conv.window.pads_end[axis];
    }
    return work;
}

LayerWork gemm_work(const Node& node, const Network& network) {
    LayerWork work;
    set(work, Dimension::k, network.shape(node.outputs[0])[1]);
    set(work, Dimension::c, network.shape(node.inputs[0])[1]);
    return work;
}

} // namespace

std::string_view to_string(Dimension dimension) {
    switch (dimension) {
    case Dimension::n: return "N";
    case Dimension::k: return "K";
    case Dimension::c: return "C";
    case Dimension::oy: return "OY";
    case Dimension::ox: return "OX";
    case Dimension::fy: return "FY";
    case Dimension::fx: return "FX";
    case Dimension::g: return "G";
    }
    TANDEM_CHECK(false, "a dimension outside the enumeration");
}

std::string_view to_string(Operand operand) {
    switch (operand) {
    case Operand::weights: return "weights";
    case Operand::inputs: return "inputs";
    case Operand::outputs: return "outputs";
    }
    TANDEM_CHECK(false, "an operand outside the enumeration");
}

Operations multiply_accumulates(const LayerWork& work) {
    std::int64_t product = work.groups;
    for (const std::int64_t extent : work.extents) product *= extent;
    return Operations(product);
}

std::int64_t input_extent(const LayerWork& work, std::size_t axis, std::int64_t outputs,
                          std::int64_t filter) {
    return (outputs - 1) * work.strides[axis] + (filter - 1) * work.dilations[axis] + 1;
}

std::int64_t elements(const LayerWork& work, Operand operand) {
    const auto extent = [&](Dimension dimension) { return work.extent(dimension); };
    switch (operand) {
    case Operand::weights:
        return work.groups * extent(Dimension::k) * extent(Dimension::c) * extent(Dimension::fy) *
               extent(Dimension::fx);
    case Operand::inputs: {
        const std::int64_t rows =
            input_extent(work, 0, extent(Dimension::oy), extent(Dimension::fy)) - work.pads[0];
        const std::int64_t columns =
            input_extent(work, 1, extent(Dimension::ox), extent(Dimension::fx)) - work.pads[1];
        return work.groups * extent(Dimension::n) * extent(Dimension::c) * std::max<std::int64_t>(rows, 1) *
               std::max<std::int64_t>(columns, 1);
    }
    case Operand::outputs:
        return work.groups * extent(Dimension::n) * extent(Dimension::k) * extent(Dimension::oy) *
               extent(Dimension::ox);
    }
    TANDEM_CHECK(false, "an operand outside the enumeration");
}

Bits width(const LayerWork& work, Operand operand) {
    switch (operand) {
    case Operand::weights: return Bits(work.weight_bits);
    case Operand::inputs: return Bits(work.input_bits);
    case Operand::outputs: return Bits(work.output_bits);
    }
    TANDEM_CHECK(false, "an operand outside the enumeration");
}

ContentHash content_hash(const LayerWork& work) {
    Hasher hasher;
    hasher.add(std::string_view("layer-work"));
    for (const std::int64_t extent : work.extents) hasher.add(extent);
    hasher.add(work.groups);
    for (const auto& pair : {work.strides, work.dilations, work.pads}) hasher.add(pair[0]).add(pair[1]);
    hasher.add(work.weight_bits).add(work.input_bits).add(work.output_bits);
    return hasher.finish();
}

Bits Workload::weight_storage() const {
    Bits total;
    for (const NamedLayerWork& layer : layers) {
        total += width(layer.work, Operand::weights) * elements(layer.work, Operand::weights);
    }
    return total;
}

namespace {

/// What follows a layer without multiplying (Relu, Add, pooling) is done on the way out: the layer's own
/// output has the width that is stored. A calibrated strategy says it by the first tensor on that way that it
/// has a format for; else stored_bits() looks through what follows.
int output_bits(const Network& network, const Strategy& strategy, const std::string& output) {
    if (!strategy.calibrated) return stored_bits(network, strategy, output);
    const std::vector<TensorFormat>& formats = strategy.calibrated->tensors;
    for (std::string tensor = output;;) {
        const auto found = std::find_if(formats.begin(), formats.end(),
                                        [&](const TensorFormat& any) { return any.tensor == tensor; });
        if (found != formats.end()) return found->format.bits;
        const std::vector<const Node*> readers = network.consumers(tensor);
        if (readers.empty()) return stored_bits(network, strategy, output);
        tensor = readers.front()->outputs.front();
    }
}

} // namespace

Workload make_workload(const Network& network, const Strategy& strategy) {
    const std::vector<const Node*> nodes = layers(network);
    TANDEM_CHECK(nodes.size() == strategy.layers.size(), "the strategy is for another network");
    Workload workload;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const Node& node = *nodes[i];
        const LayerStrategy& decision = strategy.layers[i];
        TANDEM_CHECK(node.name == decision.layer, "the strategy is for another network");
        LayerWork work = node.type == "Conv" ? conv_work(node, network) : gemm_work(node, network);
        work.weight_bits = decision.weight_bits;
        work.input_bits = decision.activation_bits;
        work.output_bits = output_bits(network, strategy, node.outputs[0]);
        workload.layers.push_back(NamedLayerWork{.layer = node.name, .work = work});
    }
    return workload;
}

} // namespace tandem
