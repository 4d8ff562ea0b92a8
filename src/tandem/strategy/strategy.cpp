#include "tandem/strategy/strategy.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "tandem/core/check.h"

namespace tandem {

namespace {

void add_format(Hasher& hasher, const NumberFormat& format) {
    hasher.add(format.bits).add(format.fraction_bits).add(format.signedness);
    // What older strategies do not have does not change their hash.
    if (format.levels != Levels::all) hasher.add(format.levels);
}

void add_arithmetic(Hasher& hasher, const Arithmetic& arithmetic) {
    if (arithmetic == Arithmetic{}) return;
    hasher.add(arithmetic.requantization).add(arithmetic.rounding).add(arithmetic.seed);
    hasher.add(arithmetic.accumulator.has_value());
    if (arithmetic.accumulator)
        hasher.add(arithmetic.accumulator->bits).add(arithmetic.accumulator->overflow);
}

/// Raises `widest_bits` to the widest `activation_bits` among the layers that a tensor reaches
/// without passing a layer.
void widen_for_readers(const Network& network, const Strategy& strategy, const std::string& tensor,
                       std::set<std::string>& visited, int& widest_bits) {
    if (!visited.insert(tensor).second) return;
    for (const Node* node : network.consumers(tensor)) {
        if (!is_layer(*node)) {
            for (const std::string& output : node->outputs) {
                widen_for_readers(network, strategy, output, visited, widest_bits);
            }
            continue;
        }
        for (const LayerStrategy& layer : strategy.layers) {
            if (layer.layer == node->name) widest_bits = std::max(widest_bits, layer.activation_bits);
        }
    }
}

bool is_width(int bits) { return bits >= 1 && bits <= kMaximumBits; }

void check_width(const std::string& file, const std::string& place, int bits,
                 std::vector<Problem>& problems) {
    if (is_width(bits)) return;
    problems.push_back({.file = file,
                        .place = place,
                        .found = fmt::format("{}", bits),
                        .expected = fmt::format("1 to {} bits", kMaximumBits)});
}

void check_format(const std::string& file, const std::string& place, const NumberFormat& format,
                  std::vector<Problem>& problems) {
    check_width(file, place + ".bits", format.bits, problems);
    if (format.fraction_bits < kMinimumFractionBits || format.fraction_bits > kMaximumFractionBits) {
        problems.push_back({.file = file,
                            .place = place + ".fraction_bits",
                            .found = fmt::format("{}", format.fraction_bits),
                            .expected = fmt::format("{} to {}", kMinimumFractionBits, kMaximumFractionBits)});
    }
}

/// Checks that a list of entries, one a layer, follows the layers of the network.
template <class Entries>
void check_layer_names(const std::string& file, const std::string& list, const Entries& entries,
                       const std::vector<std::string>& layer_names, std::vector<Problem>& problems) {
    std::set<std::string> seen;
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const std::string& name = entries[i].layer;
        const std::string place = fmt::format("{}[{}].layer", list, i);
        if (std::find(layer_names.begin(), layer_names.end(), name) == layer_names.end()) {
            problems.push_back({.file = file,
                                .place = place,
                                .found = "unknown layer " + with_suggestion(name, layer_names),
                                .expected = "a layer of the network"});
        } else if (!seen.insert(name).second) {
            problems.push_back({.file = file,
                                .place = place,
                                .found = fmt::format("'{}' a second time", name),
                                .expected = "each layer once"});
        } else if (i < layer_names.size() && layer_names[i] != name) {
            problems.push_back(
                {.file = file,
                 .place = place,
                 .found = fmt::format("'{}'", name),
                 .expected = fmt::format("'{}': layers stand in network order", layer_names[i])});
        }
    }
    for (const std::string& name : layer_names) {
        if (seen.contains(name)) continue;
        problems.push_back({.file = file,
                            .place = list,
                            .found = fmt::format("no entry for layer '{}'", name),
                            .expected = "each layer once"});
    }
}

/// Checks scales against the arithmetic: all there, or none.
class ScaleCheck {
  public:
    ScaleCheck(const Strategy& strategy, const Network& network, std::string file,
               std::vector<Problem>& problems)
        : network_(network), file_(std::move(file)),
          is_used_(uses_scales(strategy.arithmetic.requantization)), problems_(problems) {}

    void check_weights(const std::string& place, const LayerFormats& formats) {
        if (formats.weight_scales.empty() == is_used_) return refuse_presence(place + ".weight_scales");
        const std::int64_t channels = outputs_of(formats.layer);
        const auto check_count = [&](const std::string& list, std::int64_t count, bool may_be_one) {
            if (channels == 0 || count == channels || count == 0 || (may_be_one && count == 1)) return;
            refuse(place + list, fmt::format("{} numbers", count),
                   fmt::format("{}{}", may_be_one ? "1 or " : "", channels));
        };
        check_count(".weight_scales", std::ssize(formats.weight_scales), /*may_be_one=*/true);
        check_count(".bias", std::ssize(formats.bias), /*may_be_one=*/false);
        for (const float scale : formats.weight_scales) check_positive(place + ".weight_scales", scale);
    }

    void check_tensor(const std::string& place, const TensorFormat& tensor) {
        if (tensor.scale.has_value() != is_used_) return refuse_presence(place + ".scale");
        if (!tensor.scale) return;
        check_positive(place + ".scale", tensor.scale->scale);
        const std::int32_t zero_point = tensor.scale->zero_point;
        if (zero_point < minimum_integer(tensor.format) || zero_point > maximum_integer(tensor.format)) {
            refuse(place + ".zero_point", fmt::format("{}", zero_point),
                   fmt::format("an integer of {}", to_string(tensor.format)));
        }
    }

  private:
    void refuse(std::string place, std::string found, std::string expected) {
        problems_.push_back({file_, std::move(place), std::move(found), std::move(expected)});
    }
    void refuse_presence(const std::string& place) {
        refuse(place, is_used_ ? "no scale" : "a scale",
               is_used_ ? "one, as the requantization uses scales"
                        : "none, as the requantization is by powers of two");
    }
    void check_positive(const std::string& place, float scale) {
        if (std::isnormal(scale) && scale > 0.0F) return;
        refuse(place, fmt::format("{}", scale), "a positive number that a float holds to full precision");
    }
    /// 0 for a layer that is not there, which is told elsewhere.
    std::int64_t outputs_of(const std::string& layer) const {
        for (const Node* node : layers(network_)) {
            if (node->name == layer) return network_.shape(node->outputs[0])[1];
        }
        return 0;
    }

    const Network& network_;
    std::string file_;
    bool is_used_;
    std::vector<Problem>& problems_;
};

void check_arithmetic(const Arithmetic& arithmetic, const std::string& file, std::vector<Problem>& problems) {
    if (arithmetic.requantization == RequantizationKind::threshold &&
        arithmetic.rounding == Rounding::stochastic) {
        problems.push_back({file, "arithmetic.rounding", "stochastic rounding with tables of thresholds",
                            "a rounding that a table can hold"});
    }
    if (uses_scales(arithmetic.requantization) && arithmetic.rounding != Rounding::half_even) {
        problems.push_back({file, "arithmetic.rounding", "a rounding of shifts where scales are used",
                            "half_even: the requantization names its own"});
    }
    if (!arithmetic.accumulator) return;
    const int bits = arithmetic.accumulator->bits;
    if (bits < kMinimumAccumulatorBits || bits > kMaximumAccumulatorBits) {
        problems.push_back({file, "arithmetic.accumulator_bits", fmt::format("{}", bits),
                            fmt::format("{} to {}", kMinimumAccumulatorBits, kMaximumAccumulatorBits)});
    }
}

void check_calibrated(const Strategy& strategy, const Network& network, const std::string& file,
                      const std::vector<std::string>& layer_names, std::vector<Problem>& problems) {
    const Calibrated& calibrated = *strategy.calibrated;
    check_layer_names(file, "calibrated.layers", calibrated.layers, layer_names, problems);
    ScaleCheck scales(strategy, network, file, problems);
    for (std::size_t i = 0; i < calibrated.layers.size(); ++i) {
        const LayerFormats& formats = calibrated.layers[i];
        const std::string place = fmt::format("calibrated.layers[{}]", i);
        check_format(file, place + ".weights", formats.weights, problems);
        check_format(file, place + ".activations", formats.activations, problems);
        scales.check_weights(place, formats);
        if (i >= strategy.layers.size() || strategy.layers[i].layer != formats.layer) continue;
        const auto check_agreement = [&](const std::string& part, int found, int expected) {
            if (found == expected) return;
            problems.push_back({.file = file,
                                .place = fmt::format("{}.{}.bits", place, part),
                                .found = fmt::format("{}", found),
                                .expected = fmt::format("the {} bits of the strategy", expected)});
        };
        check_agreement("weights", formats.weights.bits, strategy.layers[i].weight_bits);
        check_agreement("activations", formats.activations.bits, strategy.layers[i].activation_bits);
    }
    std::vector<std::string> activations;
    for (const auto& [name, shape] : network.shapes) activations.push_back(name);
    std::set<std::string> seen;
    for (std::size_t i = 0; i < calibrated.tensors.size(); ++i) {
        const TensorFormat& tensor = calibrated.tensors[i];
        const std::string place = fmt::format("calibrated.tensors[{}]", i);
        check_format(file, place, tensor.format, problems);
        scales.check_tensor(place, tensor);
        if (!network.shapes.contains(tensor.tensor)) {
            problems.push_back({.file = file,
                                .place = place + ".tensor",
                                .found = "unknown tensor " + with_suggestion(tensor.tensor, activations),
                                .expected = "an activation of the network"});
        } else if (!seen.insert(tensor.tensor).second) {
            problems.push_back({.file = file,
                                .place = place + ".tensor",
                                .found = fmt::format("'{}' a second time", tensor.tensor),
                                .expected = "each tensor once"});
        }
    }
}

} // namespace

Strategy uniform_strategy(const Network& network, int weight_bits, int activation_bits) {
    Strategy strategy;
    for (const Node* node : layers(network)) {
        strategy.layers.push_back(
            {.layer = node->name, .weight_bits = weight_bits, .activation_bits = activation_bits});
    }
    return strategy;
}

const TensorFormat& stored_format(const Network& network, const Strategy& strategy, std::string tensor) {
    const std::vector<TensorFormat>& all = strategy.calibrated->tensors;
    for (;; tensor = network.producer(tensor)->inputs.front()) {
        const auto found = std::find_if(all.begin(), all.end(),
                                        [&](const TensorFormat& any) { return any.tensor == tensor; });
        if (found != all.end()) return *found;
        TANDEM_CHECK(network.producer(tensor) != nullptr, "a format for the input");
    }
}

int stored_bits(const Network& network, const Strategy& strategy, const std::string& tensor) {
    std::set<std::string> visited;
    int widest_bits = 0;
    widen_for_readers(network, strategy, tensor, visited, widest_bits);
    return widest_bits > 0 ? widest_bits : strategy.output_bits;
}

Result<void> validate(const Strategy& strategy, const Network& network, const std::string& file) {
    std::vector<std::string> layer_names;
    for (const Node* node : layers(network)) layer_names.push_back(node->name);
    std::vector<Problem> problems;
    check_layer_names(file, "layers", strategy.layers, layer_names, problems);
    for (std::size_t i = 0; i < strategy.layers.size(); ++i) {
        const std::string place = fmt::format("layers[{}]", i);
        check_width(file, place + ".weight_bits", strategy.layers[i].weight_bits, problems);
        check_width(file, place + ".activation_bits", strategy.layers[i].activation_bits, problems);
    }
    check_width(file, "output_bits", strategy.output_bits, problems);
    check_arithmetic(strategy.arithmetic, file, problems);
    if (strategy.calibrated) check_calibrated(strategy, network, file, layer_names, problems);
    if (!problems.empty()) return bad_input(std::move(problems));
    return {};
}

ContentHash content_hash(const Strategy& strategy) {
    Hasher hasher;
    hasher.add(std::string_view("strategy")).add(strategy.layers.size());
    for (const LayerStrategy& layer : strategy.layers) {
        hasher.add(std::string_view(layer.layer)).add(layer.weight_bits).add(layer.activation_bits);
    }
    hasher.add(strategy.output_bits).add(strategy.calibrated.has_value());
    if (strategy.calibrated) {
        hasher.add(strategy.calibrated->layers.size());
        for (const LayerFormats& layer : strategy.calibrated->layers) {
            hasher.add(std::string_view(layer.layer));
            add_format(hasher, layer.weights);
            add_format(hasher, layer.activations);
            if (!layer.weight_scales.empty()) hasher.add(std::span<const float>(layer.weight_scales));
            if (!layer.bias.empty()) hasher.add(std::span<const std::int64_t>(layer.bias));
        }
        hasher.add(strategy.calibrated->tensors.size());
        for (const TensorFormat& tensor : strategy.calibrated->tensors) {
            hasher.add(std::string_view(tensor.tensor));
            add_format(hasher, tensor.format);
            if (tensor.scale) hasher.add(tensor.scale->scale).add(tensor.scale->zero_point);
        }
    }
    add_arithmetic(hasher, strategy.arithmetic);
    return hasher.finish();
}

} // namespace tandem
