#include "tandem/engine/layer_columns.h"

#include <algorithm>

#include "tandem/core/check.h"

namespace tandem {

LayerColumns::LayerColumns(const Network& network, const Node& layer)
    : weights_(weight_layout(network, layer)) {
    if (layer.type == "Gemm") return;
    window_ = conv_attributes(layer, network).window;
    const Shape& input = network.shape(layer.inputs.front());
    const Shape& output = network.shape(layer.outputs.front());
    // Of one spatial dimension, rows are 1.
    rows_ = input.size() == 4 ? input[2] : 1;
    columns_ = input.back();
    output_rows_ = output.size() == 4 ? output[2] : 1;
    output_columns_ = output.back();
}

void LayerColumns::copy(std::span<const float> sample, std::int64_t group, std::int64_t position,
                        std::span<float> column) const {
    const std::int64_t taps = weights_.taps;
    const std::int64_t channels = weights_.channels;
    const std::int64_t first_row = position / output_columns_ * window_.strides[0] - window_.pads_begin[0];
    const std::int64_t first_column = position % output_columns_ * window_.strides[1] - window_.pads_begin[1];
    auto out = column.begin();
    for (std::int64_t channel = group * channels; channel < (group + 1) * channels; ++channel) {
        for (std::int64_t tap = 0; tap < taps; ++tap) {
            const std::int64_t row = first_row + tap / window_.kernel[1] * window_.dilations[0];
            const std::int64_t at = first_column + tap % window_.kernel[1] * window_.dilations[1];
            const bool is_inside = row >= 0 && row < rows_ && at >= 0 && at < columns_;
            *out++ =
                is_inside ? sample[static_cast<std::size_t>((channel * rows_ + row) * columns_ + at)] : 0.0F;
        }
    }
}

std::vector<double> mean_columns(const LayerColumns& columns, std::span<const float> samples,
                                 std::int64_t count) {
    TANDEM_CHECK(count > 0 && std::ssize(samples) % count == 0, "whole samples");
    const auto elements = samples.size() / static_cast<std::size_t>(count);
    const auto reads = static_cast<std::size_t>(columns.reads());
    const double share = 1.0 / static_cast<double>(count * columns.positions());
    std::vector<double> means(static_cast<std::size_t>(columns.groups()) * reads, 0.0);
    std::vector<float> column(reads);
    for (std::int64_t sample = 0; sample < count; ++sample) {
        const std::span<const float> values =
            samples.subspan(static_cast<std::size_t>(sample) * elements, elements);
        for (std::int64_t group = 0; group < columns.groups(); ++group) {
            double* const mean = means.data() + static_cast<std::size_t>(group) * reads;
            for (std::int64_t position = 0; position < columns.positions(); ++position) {
                columns.copy(values, group, position, column);
                for (std::size_t i = 0; i < reads; ++i) mean[i] += share * static_cast<double>(column[i]);
            }
        }
    }
    return means;
}

} // namespace tandem
