#include "tandem/strategy/binary_bases.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/network/operators/weight_layout.h"

namespace tandem {

namespace {

constexpr NumberFormat kSum{.bits = kMaximumBits};
constexpr NumberFormat kBit{.bits = 1, .signedness = Signedness::is_unsigned};

/// A tensor that a layer reads, and what its basis makes of it.
struct Read {
    std::string tensor;
    float step = 1.0F;    ///< between its integers
    float largest = 1.0F; ///< magnitude of its values
    float factor = 1.0F;  ///< of the weights: scale of the basis over the step
};

/// Weights by which a layer multiplies one such tensor.
struct Weights {
    std::vector<float> values;
    std::vector<float> scales; ///< by output channel, or one
};

/// Places of weights and of a tensor among those that a layer has.
using Pair = std::pair<std::size_t, std::size_t>;

/// The pair whose products lie closest together.
Pair finest(const std::vector<Weights>& terms, const std::vector<Read>& reads) {
    const auto scale = [](const Weights& term) {
        return *std::min_element(term.scales.begin(), term.scales.end());
    };
    const auto term = std::min_element(terms.begin(), terms.end(), [&](const auto& left, const auto& right) {
        return scale(left) < scale(right);
    });
    const auto read = std::min_element(reads.begin(), reads.end(), [](const auto& left, const auto& right) {
        return left.step * left.factor < right.step * right.factor;
    });
    return {static_cast<std::size_t>(term - terms.begin()), static_cast<std::size_t>(read - reads.begin())};
}

template <class Entries> const auto& entry_of(const Entries& entries, const std::string& layer) {
    const auto found =
        std::find_if(entries.begin(), entries.end(), [&](const auto& entry) { return entry.layer == layer; });
    TANDEM_CHECK(found != entries.end(), "an entry for " + layer);
    return *found;
}

class Speller {
  public:
    Speller(const QuantizedNetwork& quantized, const BinaryBases& bases)
        : from_(quantized), bases_(bases), to_(quantized) {
        to_.network.nodes.clear();
        to_.strategy.layers.clear();
        to_.strategy.calibrated->layers.clear();
        std::erase_if(to_.strategy.calibrated->tensors,
                      [&](const TensorFormat& any) { return bases.activations.contains(any.tensor); });
    }

    QuantizedNetwork spell() && {
        for (const Node& node : from_.network.nodes) {
            if (bases_.activations.contains(node.outputs.front())) {
                add_clips(node);
            } else if (is_layer(node)) {
                add_layers(node);
            } else {
                to_.network.nodes.push_back(node);
            }
        }
        drop_unread_parameters();
        return std::move(to_);
    }

  private:
    void drop_unread_parameters() {
        std::set<std::string> read;
        for (const Node& node : to_.network.nodes) read.insert(node.inputs.begin(), node.inputs.end());
        std::erase_if(to_.network.parameters, [&](const auto& entry) { return !read.contains(entry.first); });
    }

    void add_clips(const Node& clip) {
        const std::string& name = clip.outputs.front();
        const Shape shape = from_.network.shape(name);
        to_.network.shapes.erase(name);
        const std::vector<ActivationBasis>& terms = bases_.activations.at(name);
        for (std::size_t i = 0; i < terms.size(); ++i) {
            const auto& [threshold, scale] = terms[i];
            const std::string part = fmt::format("{}_{}", name, i + 1);
            // The nearest of 0 and this, or of 0 and this below it, changes at its half.
            const float step = 2.0F * std::abs(threshold);
            const auto bound = [&](std::string_view word, float value) {
                std::string parameter = fmt::format("{}.{}", part, word);
                to_.network.parameters[parameter] = {.shape = {}, .values = std::vector<float>{value}};
                return parameter;
            };
            std::string lowest = bound("minimum", std::min(0.0F, 2.0F * threshold));
            std::string highest = bound("maximum", std::max(0.0F, 2.0F * threshold));
            to_.network.nodes.push_back(
                {.name = part,
                 .type = "Clip",
                 .inputs = {clip.inputs.front(), std::move(lowest), std::move(highest)},
                 .outputs = {part},
                 .attributes = {}});
            to_.network.shapes[part] = shape;
            to_.strategy.calibrated->tensors.push_back(
                {.tensor = part,
                 .format = kBit,
                 .scale = AffineScale{.scale = step, .zero_point = threshold < 0.0F ? 1 : 0}});
            reads_[name].push_back({.tensor = part, .step = step, .largest = step, .factor = scale / step});
        }
    }

    void add_layers(const Node& node) {
        const auto read = reads_.find(node.inputs.front());
        const bool has_bases = bases_.weights.contains(node.name);
        if (read == reads_.end() && !has_bases) {
            to_.network.nodes.push_back(node);
            add_strategy(node.name, node, std::nullopt);
            return;
        }
        const std::vector<Read> reads =
            read == reads_.end() ? std::vector{plain_read(node.inputs.front())} : read->second;
        const std::vector<Weights> terms = terms_of(node);
        // From here on each pair of weights and a tensor is a layer.
        const Pair biased = finest(terms, reads);
        const std::size_t count = terms.size() * reads.size();
        std::string sum;
        double bound = 0.0;
        for (std::size_t i = 0; i < count; ++i) {
            const Pair pair{i / reads.size(), i % reads.size()};
            Node part = node;
            if (count > 1) part.name = fmt::format("{}_{}_{}", node.name, pair.first + 1, pair.second + 1);
            if (count > 1) part.outputs = {part.name};
            const double added = add_layer(node, part, terms[pair.first], reads[pair.second], pair == biased);
            if (count > 1) store_sum(node, part.name, added);
            bound += added;
            if (i == 0) {
                sum = part.name;
                continue;
            }
            const bool is_last = i + 1 == count;
            const std::string name = fmt::format("{}_sum_{}", node.name, i);
            const std::string output = is_last ? node.outputs.front() : name;
            to_.network.nodes.push_back({.name = name,
                                         .type = "Add",
                                         .inputs = {sum, part.name},
                                         .outputs = {output},
                                         .attributes = {}});
            if (!is_last) store_sum(node, name, bound);
            sum = output;
        }
    }

    /// Appends the layer and returns the largest magnitude that it can give.
    double add_layer(const Node& node, Node part, const Weights& term, const Read& read, bool is_biased) {
        const WeightLayout layout = weight_layout(from_.network, node);
        Parameter weights{.shape = from_.network.parameter(node.inputs[1])->shape, .values = {}};
        std::vector<float> values(term.values.size());
        std::vector<float> bias(static_cast<std::size_t>(layout.outputs), 0.0F);
        if (is_biased) bias = float_values(*from_.network.parameter(node.inputs[2]));
        double largest = 0.0;
        for (std::int64_t output = 0; output < layout.outputs; ++output) {
            double sum = std::abs(static_cast<double>(bias[static_cast<std::size_t>(output)]));
            for (std::int64_t i = 0; i < layout.reads(); ++i) {
                const std::size_t index = layout.index(output, i);
                values[index] = term.values[index] * read.factor;
                sum += std::abs(static_cast<double>(values[index]) * static_cast<double>(read.largest));
            }
            largest = std::max(largest, sum);
        }
        weights.values = std::move(values);
        part.inputs = {read.tensor, part.name + ".weight", part.name + ".bias"};
        to_.network.parameters[part.inputs[1]] = std::move(weights);
        to_.network.parameters[part.inputs[2]] = {.shape = {layout.outputs}, .values = std::move(bias)};
        const bool reads_bits = reads_.contains(node.inputs.front());
        add_strategy(node.name, part, reads_bits ? std::optional(kBit) : std::nullopt);
        std::vector<float> scales = term.scales;
        for (float& scale : scales) scale *= read.factor;
        to_.strategy.calibrated->layers.back().weight_scales = std::move(scales);
        to_.network.nodes.push_back(std::move(part));
        return largest;
    }

    /// A format for a sum of that magnitude, in the shape of the layer's output.
    void store_sum(const Node& layer, const std::string& name, double bound) {
        constexpr double kLargest = 32767.0;
        // A little more, as the scale is rounded; a layer of zeros has some scale too.
        const double scale = std::max(bound * 1.000001 / kLargest, 1e-30);
        to_.network.shapes[name] = from_.network.shape(layer.outputs.front());
        to_.strategy.calibrated->tensors.push_back(
            {.tensor = name, .format = kSum, .scale = AffineScale{.scale = static_cast<float>(scale)}});
    }

    std::vector<Weights> terms_of(const Node& node) const {
        const auto found = bases_.weights.find(node.name);
        if (found == bases_.weights.end()) {
            return {{.values = float_values(*from_.network.parameter(node.inputs[1])),
                     .scales = entry_of(from_.strategy.calibrated->layers, node.name).weight_scales}};
        }
        const WeightLayout layout = weight_layout(from_.network, node);
        std::vector<Weights> terms;
        for (const WeightBasis& basis : found->second) {
            Weights term{.values = basis.signs, .scales = basis.scales};
            for (std::int64_t output = 0; output < layout.outputs; ++output) {
                const float scale = basis.scales[static_cast<std::size_t>(output)];
                for (std::int64_t i = 0; i < layout.reads(); ++i)
                    term.values[layout.index(output, i)] *= scale;
            }
            terms.push_back(std::move(term));
        }
        return terms;
    }

    /// A tensor that is read as it is stored.
    Read plain_read(const std::string& tensor) const {
        const TensorFormat& stored = stored_format(from_.network, from_.strategy, tensor);
        const float step = stored.scale->scale;
        const std::int32_t largest =
            std::max(maximum_integer(stored.format), -minimum_integer(stored.format));
        return {.tensor = tensor, .step = step, .largest = step * static_cast<float>(largest)};
    }

    /// The widths and formats of a layer, for one of those that it becomes.
    void add_strategy(const std::string& layer, const Node& part,
                      const std::optional<NumberFormat>& reading) {
        LayerStrategy widths = entry_of(from_.strategy.layers, layer);
        LayerFormats formats = entry_of(from_.strategy.calibrated->layers, layer);
        widths.layer = formats.layer = part.name;
        if (reading) formats.activations = *reading;
        to_.strategy.layers.push_back(std::move(widths));
        to_.strategy.calibrated->layers.push_back(std::move(formats));
    }

    QuantizedNetwork from_;
    const BinaryBases& bases_;
    QuantizedNetwork to_;
    std::map<std::string, std::vector<Read>> reads_; ///< by the Clip's output that they stand in for
};

} // namespace

QuantizedNetwork spell_out(const QuantizedNetwork& quantized, const BinaryBases& bases) {
    return Speller(quantized, bases).spell();
}

} // namespace tandem
