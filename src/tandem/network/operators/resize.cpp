// Resize of rows and columns by constant factors or to constant sizes, nearest or linear.
#include "tandem/network/operators/resize.h"

#include <algorithm>
#include <cmath>

#include "tandem/network/operators/rules.h"
#include "tandem/network/operators/window.h"
#include "tandem/network/quoted.h"

namespace tandem::operators {

namespace {

template <class Value> struct Word {
    std::string_view word;
    Value value;
};

template <class Value, std::size_t kCount>
Judged<Value> one_word(const Node& node, const std::string& name, const std::string& otherwise,
                       const std::array<Word<Value>, kCount>& words) {
    const std::string found = TANDEM_TRY(attribute_or<std::string>(node, name, otherwise));
    std::string expected;
    for (const Word<Value>& each : words) {
        if (each.word == found) return each.value;
        expected += fmt::format("{}{}", expected.empty() ? "" : ", ", each.word);
    }
    return wrong(name, quoted_name(found), "one of " + expected);
}

constexpr std::array<Word<bool>, 2> kModes{{{"linear", true}, {"nearest", false}}};
constexpr std::array<Word<ResizeGrid>, 4> kGrids{{{"align_corners", ResizeGrid::align_corners},
                                                  {"asymmetric", ResizeGrid::asymmetric},
                                                  {"half_pixel", ResizeGrid::half_pixel},
                                                  {"pytorch_half_pixel", ResizeGrid::pytorch_half_pixel}}};
constexpr std::array<Word<NearestRule>, 4> kNearest{
    {{"ceil", NearestRule::ceil},
     {"floor", NearestRule::floor},
     {"round_prefer_ceil", NearestRule::round_prefer_ceil},
     {"round_prefer_floor", NearestRule::round_prefer_floor}}};

/// The factors, of all extents in order; an empty list when sizes are given instead.
Judged<std::vector<float>> read_factors(const OperatorCall& call) {
    if (call.opset < 9) return attribute_or<std::vector<float>>(call.node, "scales", {});
    const std::size_t place = call.opset < 11 ? 1 : 2;
    if (!has_input(call, place)) return std::vector<float>{};
    // Exporters leave scales out as a constant without elements.
    const auto values = TANDEM_TRY(float_constant(call, place));
    return std::vector<float>(values.begin(), values.end());
}

Judged<std::vector<std::int64_t>> read_sizes(const OperatorCall& call) {
    if (call.opset < 11 || !has_input(call, 3)) return std::vector<std::int64_t>{};
    const auto values = TANDEM_TRY(integer_constant(call, 3));
    return std::vector<std::int64_t>(values.begin(), values.end());
}

/// Where the listed factors or sizes belong: all extents, or those of attribute "axes" (opset 18).
Judged<std::vector<std::size_t>> listed_axes(const OperatorCall& call, std::size_t count) {
    const auto rank = static_cast<std::int64_t>(call.input_shapes[0].size());
    std::vector<std::int64_t> axes(static_cast<std::size_t>(rank));
    for (std::size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<std::int64_t>(i);
    if (call.opset >= 18) axes = TANDEM_TRY(attribute_or<std::vector<std::int64_t>>(call.node, "axes", axes));
    std::vector<std::size_t> places;
    for (const std::int64_t axis : axes) {
        const std::int64_t place = axis < 0 ? axis + rank : axis;
        if (place < 0 || place >= rank) return wrong("axes", to_text(axes), "axes of the input");
        places.push_back(static_cast<std::size_t>(place));
    }
    if (places.size() != count) {
        return wrong("", fmt::format("{} factors or sizes", count), fmt::format("{}", places.size()));
    }
    return places;
}

Judged<void> refuse_variants(const Node& node) {
    TANDEM_TRY(one_of(node, "antialias", 0, {0}));
    TANDEM_TRY(one_of(node, "exclude_outside", 0, {0}));
    TANDEM_TRY(attribute_or<float>(node, "cubic_coeff_a", -0.75F));     // of no effect but in cubic mode
    TANDEM_TRY(attribute_or<float>(node, "extrapolation_value", 0.0F)); // but in tf_crop_and_resize
    const std::string policy =
        TANDEM_TRY(attribute_or<std::string>(node, "keep_aspect_ratio_policy", "stretch"));
    if (policy != "stretch") return wrong("keep_aspect_ratio_policy", quoted_name(policy), "stretch");
    return {};
}

} // namespace

Judged<ResizeAttributes> read_resize(const OperatorCall& call) {
    const Shape input = TANDEM_TRY(spatial_activation(call));
    TANDEM_TRY(refuse_variants(call.node));
    ResizeAttributes attributes;
    attributes.is_linear = TANDEM_TRY(one_word(call.node, "mode", "nearest", kModes));
    // Before opset 11 there was one grid and one rounding.
    const bool is_old = call.opset < 11;
    attributes.grid = TANDEM_TRY(
        one_word(call.node, "coordinate_transformation_mode", is_old ? "asymmetric" : "half_pixel", kGrids));
    attributes.nearest =
        TANDEM_TRY(one_word(call.node, "nearest_mode", is_old ? "floor" : "round_prefer_floor", kNearest));
    const std::vector<float> factors = TANDEM_TRY(read_factors(call));
    const std::vector<std::int64_t> sizes = TANDEM_TRY(read_sizes(call));
    if (factors.empty() == sizes.empty()) {
        return wrong("", factors.empty() ? "neither factors nor sizes" : "factors and sizes",
                     "one of the two");
    }
    const std::size_t count = std::max(factors.size(), sizes.size());
    const std::vector<std::size_t> axes = TANDEM_TRY(listed_axes(call, count));
    attributes.extents = input;
    attributes.factors.assign(input.size(), 1.0);
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t axis = axes[i];
        // Of a free batch a size says nothing; files exported for one sample write 1.
        const bool keeps =
            axis < 2 ? (sizes.empty() ? factors[i] == 1.0F : sizes[i] <= 1 || sizes[i] == input[axis]) : true;
        if (!keeps) {
            return wrong("",
                         sizes.empty() ? fmt::format("factor {} of axis {}", factors[i], axis)
                                       : fmt::format("size {} of axis {}", sizes[i], axis),
                         "batch and channels as they are");
        }
        if (axis < 2) continue;
        const auto extent = static_cast<double>(input[axis]);
        const double factor = sizes.empty() ? factors[i] : static_cast<double>(sizes[i]) / extent;
        if (!(factor > 0.0) || !(std::floor(extent * factor) >= 1.0) ||
            !(extent * factor <= static_cast<double>(kMaximumElements))) {
            return wrong("", fmt::format("factor {} of axis {}", factor, axis), "one that leaves an extent");
        }
        attributes.factors[axis] = factor;
        attributes.extents[axis] =
            sizes.empty() ? static_cast<std::int64_t>(std::floor(extent * factor)) : sizes[i];
    }
    return attributes;
}

Judged<Shape> infer_resize(const OperatorCall& call) {
    ResizeAttributes attributes = TANDEM_TRY(read_resize(call));
    return std::move(attributes.extents);
}

OperatorRule resize_rule() {
    return {.type = "Resize",
            .description = "rows and columns scaled, nearest or linear",
            .minimum_inputs = 1,
            .maximum_inputs = 4,
            .attributes = {"antialias", "axes", "coordinate_transformation_mode", "cubic_coeff_a",
                           "exclude_outside", "extrapolation_value", "keep_aspect_ratio_policy", "mode",
                           "nearest_mode"},
            .infer_shape = infer_resize};
}

} // namespace tandem::operators

namespace tandem {

ResizeAttributes resize_attributes(const Node& node, const Network& network) {
    return operators::trusted(operators::read_resize(operators::call_of(node, network)));
}

} // namespace tandem
