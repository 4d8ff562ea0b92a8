#include "tandem/deploy/c/image_facts.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "tandem/deploy/c/c_text.h"

namespace tandem {

namespace {

std::string prefixed(std::string_view prefix, std::string_view part) {
    return prefix.empty() ? std::string(part) : fmt::format("{}_{}", prefix, part);
}

/// Whose array it is, the type of its elements, and they.
using ArrayKey = std::tuple<std::string, std::string, std::vector<std::int64_t>>;

/// Names of arrays, equal ones of a layer one name.
class ArrayNames {
  public:
    ParameterArray find(ArrayKey key, const std::string& name) {
        const auto [place, is_new] = names_.try_emplace(std::move(key), name);
        return {.name = place->second, .is_first = is_new};
    }

  private:
    std::map<ArrayKey, std::string> names_;
};

/// The most of what `bytes_of` says of each point.
template <class BytesOf> Bytes most(const std::vector<PointFacts>& points, const BytesOf& bytes_of) {
    Bytes largest(0);
    for (const PointFacts& point : points) largest = std::max(largest, bytes_of(point.facts));
    return largest;
}

/// The name of those arrays, by layer, that the step has.
std::string name_at(const std::vector<ParameterArray>& arrays, const CFacts& facts, std::size_t step) {
    const LayerFacts* layer = facts.layer_of(step);
    return layer == nullptr ? "" : arrays[static_cast<std::size_t>(layer - facts.layers.data())].name;
}

} // namespace

std::string PointFacts::own(std::string_view part) const { return prefixed(name, part); }

std::string PointFacts::own_macro(std::string_view part) const { return prefixed(c_macro(name), part); }

std::string PointFacts::step_name(std::size_t step) const { return own(c_step_name(facts.program, step)); }

std::string PointFacts::weights_name(std::size_t step) const { return name_at(weights, facts, step); }

std::string PointFacts::bias_name(std::size_t step) const { return name_at(biases, facts, step); }

Bytes ImageFacts::arena_bytes() const {
    return most(points, [](const CFacts& facts) { return facts.arena_bytes(); });
}

Bytes ImageFacts::patch_bytes() const {
    return most(points, [](const CFacts& facts) { return facts.patch_bytes(); });
}

Bytes ImageFacts::decoded_bytes() const {
    return most(points, [](const CFacts& facts) { return facts.decoded_bytes(); });
}

Bytes ImageFacts::parameter_bytes() const {
    Bytes total(0);
    for (const PointFacts& point : points) {
        for (std::size_t i = 0; i < point.facts.layers.size(); ++i) {
            if (point.weights[i].is_first) total += point.facts.layers[i].weight_bytes();
            if (point.biases[i].is_first) total += point.facts.layers[i].bias_bytes();
        }
    }
    return total;
}

ImageFacts find_image_facts(const OperatingPoints& points, WeightStorage storage) {
    ImageFacts image;
    ArrayNames arrays;
    for (const OperatingPoint& point : points.all()) {
        PointFacts facts{
            .name = point.name, .facts = find_c_facts(point.program, storage), .weights = {}, .biases = {}};
        for (const LayerFacts& layer : facts.facts.layers) {
            const auto name = [&](std::string_view what) {
                return "tandem_network_" + facts.own(fmt::format("{}_{}", what, layer.step));
            };
            // Only the same layer of another point can be the first: no layer stands for another one.
            const std::string& owner = layer.layer->layer;
            facts.weights.push_back(
                arrays.find({owner, std::string(layer.array_type()), layer.array()}, name("weights")));
            facts.biases.push_back(arrays.find(
                {owner, fmt::format("int{}_t", layer.parameters.bias_bits), layer.parameters.bias},
                name("bias")));
        }
        image.points.push_back(std::move(facts));
    }
    return image;
}

} // namespace tandem
