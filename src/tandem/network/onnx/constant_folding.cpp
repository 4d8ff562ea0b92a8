#include "tandem/network/onnx/constant_folding.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "tandem/network/onnx/constant_arithmetic.h"
#include "tandem/network/operators/rule_support.h"
#include "tandem/network/quoted.h"

namespace tandem {

namespace {

using operators::attribute_or;
using operators::Judged;
using operators::wrong;
using Floats = std::vector<float>;
using Integers = std::vector<std::int64_t>;

bool is_float(const Parameter& parameter) { return std::holds_alternative<Floats>(parameter.values); }

std::size_t count_of(const Parameter& parameter) {
    return std::visit([](const auto& values) { return values.size(); }, parameter.values);
}

/// One node's inputs, its attributes and what can be wrong with them.
class Folding {
  public:
    Folding(const Node& node, const std::vector<const Parameter*>& inputs) : node_(node), inputs_(inputs) {}

    Judged<Parameter> fold();

  private:
    Judged<const Parameter*> input(std::size_t i) const {
        if (i < inputs_.size() && inputs_[i] != nullptr) return inputs_[i];
        return wrong("", fmt::format("no input {}", i), "a constant");
    }
    Judged<Integers> integers(std::size_t i) const {
        const Parameter* parameter = TANDEM_TRY(input(i));
        if (const auto* values = std::get_if<Integers>(&parameter->values)) return *values;
        return wrong("", fmt::format("float values in input {}", i), "integers");
    }
    /// A list that is an attribute in old opsets and an input in new ones; empty when the node has neither.
    Judged<Integers> listed(const char* name, std::size_t i) const {
        if (node_.attributes.contains(name)) return attribute_or<Integers>(node_, name, {});
        if (i < inputs_.size() && inputs_[i] != nullptr) return integers(i);
        return Integers{};
    }
    Judged<std::size_t> axis(std::int64_t stated, std::size_t rank) const {
        const auto extents = static_cast<std::int64_t>(rank);
        const std::int64_t resolved = stated < 0 && stated >= -extents ? stated + extents : stated;
        if (resolved < 0 || resolved >= extents) {
            return wrong("", fmt::format("axis {}", stated), fmt::format("one of {}", rank));
        }
        return static_cast<std::size_t>(resolved);
    }
    Judged<Parameter> with_shape(const Parameter& source, Shape shape) const;
    Judged<Parameter> picked(const Parameter& source, const Shape& shape,
                             const std::vector<std::size_t>& sources) const;

    Judged<Parameter> cast() const;
    Judged<Parameter> reshape() const;
    Judged<Parameter> squeeze() const;
    Judged<Parameter> unsqueeze() const;
    Judged<Parameter> transpose() const;
    Judged<Parameter> gather() const;
    Judged<Parameter> slice() const;
    Judged<Parameter> concat() const;
    Judged<Parameter> expand() const;
    Judged<Parameter> range() const;
    Judged<Parameter> constant_of_shape() const;
    Judged<Parameter> reduce_prod() const;
    Judged<Parameter> where() const;

    const Node& node_;
    const std::vector<const Parameter*>& inputs_;
};

Judged<Parameter> Folding::with_shape(const Parameter& source, Shape shape) const {
    const auto elements = operators::bounded_elements(shape);
    if (operators::has_batch(shape) || elements != static_cast<std::int64_t>(count_of(source))) {
        return wrong("", "a constant of shape " + to_string(source.shape) + " made " + to_string(shape),
                     "as many elements");
    }
    return Parameter{.shape = std::move(shape), .values = source.values};
}

/// Element i of the result is element sources[i].
Judged<Parameter> Folding::picked(const Parameter& source, const Shape& shape,
                                  const std::vector<std::size_t>& sources) const {
    return std::visit(
        [&](const auto& values) -> Judged<Parameter> {
            std::decay_t<decltype(values)> result;
            result.reserve(sources.size());
            for (const std::size_t i : sources) result.push_back(values[i]);
            return Parameter{.shape = shape, .values = std::move(result)};
        },
        source.values);
}

Judged<Parameter> Folding::cast() const {
    const Parameter* source = TANDEM_TRY(input(0));
    const auto type = TANDEM_TRY(attribute_or<std::int64_t>(node_, "to", 0));
    // The numbers of ONNX's float types: FLOAT, FLOAT16, DOUBLE, BFLOAT16.
    const bool to_float = type == 1 || type == 10 || type == 11 || type == 16;
    if (to_float == is_float(*source)) return *source;
    if (to_float) {
        const Integers& from = std::get<Integers>(source->values);
        if (std::find(from.begin(), from.end(), kBatchSize) != from.end()) {
            return wrong("", "the size of the batch as a number", "constants");
        }
        return Parameter{.shape = source->shape, .values = Floats(from.begin(), from.end())};
    }
    Integers result;
    for (const float value : std::get<Floats>(source->values)) {
        if (!(std::abs(value) < 0x1p62F)) return wrong("", fmt::format("{} made an integer", value), "less");
        result.push_back(static_cast<std::int64_t>(value));
    }
    return Parameter{.shape = source->shape, .values = std::move(result)};
}

Judged<Parameter> Folding::reshape() const {
    const Parameter* source = TANDEM_TRY(input(0));
    Shape shape = TANDEM_TRY(integers(1));
    const auto gap = std::find(shape.begin(), shape.end(), std::int64_t{-1});
    for (std::size_t i = 0; i < shape.size(); ++i) {
        if (shape[i] == 0 && i < source->shape.size()) shape[i] = source->shape[i];
    }
    if (gap != shape.end()) {
        *gap = 1;
        const auto others = operators::bounded_elements(shape);
        if (others) *gap = static_cast<std::int64_t>(count_of(*source)) / *others;
    }
    return with_shape(*source, std::move(shape));
}

Judged<Parameter> Folding::squeeze() const {
    const Parameter* source = TANDEM_TRY(input(0));
    const Integers axes = TANDEM_TRY(listed("axes", 1));
    std::vector<bool> goes(source->shape.size(), axes.empty());
    for (const std::int64_t each : axes) goes[TANDEM_TRY(axis(each, source->shape.size()))] = true;
    Shape shape;
    for (std::size_t i = 0; i < source->shape.size(); ++i) {
        if (!goes[i] || (axes.empty() && source->shape[i] != 1)) shape.push_back(source->shape[i]);
    }
    return with_shape(*source, std::move(shape));
}

Judged<Parameter> Folding::unsqueeze() const {
    const Parameter* source = TANDEM_TRY(input(0));
    const Integers axes = TANDEM_TRY(listed("axes", 1));
    constexpr std::size_t kMaximumRank = 8;
    const std::size_t rank = source->shape.size() + axes.size();
    if (rank > kMaximumRank) return wrong("", fmt::format("{} extents", rank), "at most 8");
    std::vector<bool> is_new(rank, false);
    for (const std::int64_t each : axes) is_new[TANDEM_TRY(axis(each, rank))] = true;
    Shape shape;
    std::size_t next = 0;
    for (std::size_t i = 0; i < rank; ++i) {
        shape.push_back(is_new[i] || next >= source->shape.size() ? 1 : source->shape[next++]);
    }
    return with_shape(*source, std::move(shape));
}

Judged<Parameter> Folding::transpose() const {
    const Parameter* source = TANDEM_TRY(input(0));
    const std::size_t rank = source->shape.size();
    Integers order(rank);
    std::iota(order.rbegin(), order.rend(), std::int64_t{0});
    order = TANDEM_TRY(attribute_or<Integers>(node_, "perm", order));
    Integers sorted = order;
    std::sort(sorted.begin(), sorted.end());
    bool is_order = sorted.size() == rank;
    for (std::size_t i = 0; i < rank && is_order; ++i) is_order = sorted[i] == static_cast<std::int64_t>(i);
    if (!is_order) return wrong("", "perm " + operators::to_text(order), "an order of the extents");
    std::vector<std::size_t> strides(rank, 1);
    for (std::size_t i = rank; i-- > 1;)
        strides[i - 1] = strides[i] * static_cast<std::size_t>(source->shape[i]);
    Shape shape;
    for (const std::int64_t from : order) shape.push_back(source->shape[static_cast<std::size_t>(from)]);
    std::vector<std::size_t> sources(count_of(*source));
    std::vector<std::int64_t> place(rank, 0);
    std::size_t offset = 0;
    for (std::size_t& each : sources) {
        each = offset;
        for (std::size_t d = rank; d-- > 0;) {
            const std::size_t stride = strides[static_cast<std::size_t>(order[d])];
            offset += stride;
            if (++place[d] < shape[d]) break;
            offset -= stride * static_cast<std::size_t>(shape[d]);
            place[d] = 0;
        }
    }
    return picked(*source, shape, sources);
}

Judged<Parameter> Folding::gather() const {
    const Parameter* source = TANDEM_TRY(input(0));
    const Parameter* where = TANDEM_TRY(input(1));
    const Integers indices = TANDEM_TRY(integers(1));
    const auto stated = TANDEM_TRY(attribute_or<std::int64_t>(node_, "axis", 0));
    const std::size_t along = TANDEM_TRY(axis(stated, source->shape.size()));
    const auto begin = source->shape.begin() + static_cast<std::ptrdiff_t>(along);
    const auto outer = static_cast<std::size_t>(elements_per_sample({source->shape.begin(), begin}));
    const auto inner = static_cast<std::size_t>(elements_per_sample({begin + 1, source->shape.end()}));
    const std::int64_t extent = *begin;
    Shape shape(source->shape.begin(), begin);
    shape.insert(shape.end(), where->shape.begin(), where->shape.end());
    shape.insert(shape.end(), begin + 1, source->shape.end());
    if (!operators::bounded_elements(shape)) return wrong("", "shape " + to_string(shape), "less");
    std::vector<std::size_t> sources;
    for (std::size_t o = 0; o < outer; ++o) {
        for (const std::int64_t index : indices) {
            if (index < -extent || index >= extent) {
                return wrong("", fmt::format("index {}", index), fmt::format("one of {}", extent));
            }
            const std::int64_t from = index < 0 ? index + extent : index;
            for (std::size_t i = 0; i < inner; ++i) {
                sources.push_back(
                    (o * static_cast<std::size_t>(extent) + static_cast<std::size_t>(from)) * inner + i);
            }
        }
    }
    return picked(*source, shape, sources);
}

Judged<Parameter> Folding::slice() const {
    const Parameter* source = TANDEM_TRY(input(0));
    const Integers starts = TANDEM_TRY(listed("starts", 1));
    const Integers ends = TANDEM_TRY(listed("ends", 2));
    const Integers axes = TANDEM_TRY(listed("axes", 3));
    const Integers steps = TANDEM_TRY(listed("steps", 4));
    // Shapes are lists, and the states of stacked recurrent nodes lie one behind the other.
    const std::size_t rank = source->shape.size();
    const bool is_one =
        rank > 0 && starts.size() == 1 && ends.size() == 1 &&
        (axes.empty() || (axes.size() == 1 && (axes[0] == 0 || (rank == 1 && axes[0] == -1)))) &&
        steps.size() <= 1 && (steps.empty() || steps[0] == 1);
    if (!is_one) return wrong("", "a Slice of constants", "one along the first extent, by steps of 1");
    const std::int64_t extent = source->shape[0];
    const auto inner = static_cast<std::int64_t>(count_of(*source)) / extent;
    const auto resolved = [&](std::int64_t at) {
        return std::clamp<std::int64_t>(at < 0 && at >= -extent ? at + extent : at, 0, extent);
    };
    std::vector<std::size_t> sources;
    for (std::int64_t i = resolved(starts[0]) * inner; i < resolved(ends[0]) * inner; ++i) {
        sources.push_back(static_cast<std::size_t>(i));
    }
    if (sources.empty()) return wrong("", "a slice without elements", "at least one");
    Shape shape = source->shape;
    shape[0] = std::ssize(sources) / inner;
    return picked(*source, shape, sources);
}

Judged<Parameter> Folding::concat() const {
    const Parameter* first = TANDEM_TRY(input(0));
    const auto stated = TANDEM_TRY(attribute_or<std::int64_t>(node_, "axis", 0));
    if (first->shape.size() != 1 || TANDEM_TRY(axis(stated, 1)) != 0) {
        return wrong("", "a Concat of constants of shape " + to_string(first->shape), "lists");
    }
    Parameter result{.shape = {0},
                     .values = is_float(*first) ? decltype(Parameter::values)(Floats())
                                                : decltype(Parameter::values)(Integers())};
    for (std::size_t i = 0; i < inputs_.size(); ++i) {
        const Parameter* next = TANDEM_TRY(input(i));
        if (next->shape.size() != 1 || next->values.index() != result.values.index()) {
            return wrong("", fmt::format("input {} of another kind", i), "lists of one type");
        }
        std::visit(
            [&](auto& joined) {
                const auto& values = std::get<std::decay_t<decltype(joined)>>(next->values);
                joined.insert(joined.end(), values.begin(), values.end());
            },
            result.values);
        result.shape[0] += next->shape[0];
    }
    return result;
}

Judged<Parameter> Folding::expand() const {
    const Parameter* source = TANDEM_TRY(input(0));
    Shape shape = TANDEM_TRY(integers(1));
    // What is the same for every sample is kept once.
    std::replace(shape.begin(), shape.end(), kBatchSize, std::int64_t{1});
    Shape given = source->shape;
    const std::size_t rank = std::max(shape.size(), given.size());
    shape.insert(shape.begin(), rank - shape.size(), 1);
    given.insert(given.begin(), rank - given.size(), 1);
    for (std::size_t i = 0; i < rank; ++i) {
        if (shape[i] == 1) shape[i] = given[i];
        if (given[i] != 1 && given[i] != shape[i]) {
            return wrong("", "a constant of shape " + to_string(given) + " expanded", "extents that fit");
        }
    }
    const auto elements = operators::has_batch(shape) ? std::nullopt : operators::bounded_elements(shape);
    if (!elements || *elements > kMostMadeElements) {
        return wrong("", "a constant of shape " + operators::to_text(shape),
                     fmt::format("known extents, and at most {} elements", kMostMadeElements));
    }
    std::vector<std::size_t> sources(static_cast<std::size_t>(*elements));
    for (std::size_t i = 0; i < sources.size(); ++i) {
        std::size_t rest = i;
        std::size_t stride = 1;
        for (std::size_t d = rank; d-- > 0;) {
            const auto extent = static_cast<std::size_t>(shape[d]);
            if (given[d] != 1) sources[i] += rest % extent * stride;
            stride *= static_cast<std::size_t>(given[d]);
            rest /= extent;
        }
    }
    return picked(*source, shape, sources);
}

Judged<Parameter> Folding::range() const {
    const Integers start = TANDEM_TRY(integers(0));
    const Integers limit = TANDEM_TRY(integers(1));
    const Integers delta = TANDEM_TRY(integers(2));
    constexpr std::int64_t kMost = std::int64_t{1} << 20; // far above any list of indices
    for (const Integers* each : {&start, &limit, &delta}) {
        if (each->size() != 1 || each->front() < -kMost || each->front() > kMost) {
            return wrong("", "a Range without bounds", "small integers");
        }
    }
    if (delta[0] == 0) return wrong("", "a Range by steps of 0", "another step");
    Integers values;
    for (std::int64_t i = start[0]; delta[0] > 0 ? i < limit[0] : i > limit[0]; i += delta[0])
        values.push_back(i);
    if (values.empty()) return wrong("", "a Range without elements", "at least one");
    return Parameter{.shape = {std::ssize(values)}, .values = std::move(values)};
}

Judged<Parameter> Folding::constant_of_shape() const {
    Shape shape = TANDEM_TRY(integers(0));
    // What is the same for every sample is kept once.
    std::replace(shape.begin(), shape.end(), kBatchSize, std::int64_t{1});
    const auto elements = operators::has_batch(shape) ? std::nullopt : operators::bounded_elements(shape);
    if (!elements || *elements > kMostMadeElements) {
        return wrong("", "a constant of shape " + operators::to_text(shape),
                     fmt::format("known extents, and at most {} elements", kMostMadeElements));
    }
    const auto count = static_cast<std::size_t>(*elements);
    const auto value = node_.attributes.find("value");
    if (value == node_.attributes.end())
        return Parameter{.shape = std::move(shape), .values = Floats(count, 0.0F)};
    if (const auto* integer = std::get_if<std::int64_t>(&value->second)) {
        return Parameter{.shape = std::move(shape), .values = Integers(count, *integer)};
    }
    const float number = TANDEM_TRY(attribute_or<float>(node_, "value", 0.0F));
    return Parameter{.shape = std::move(shape), .values = Floats(count, number)};
}

Judged<Parameter> Folding::reduce_prod() const {
    const Integers values = TANDEM_TRY(integers(0));
    std::int64_t result = 1;
    for (const std::int64_t value : values) result = TANDEM_TRY(reckon("Mul", result, value));
    const bool keeps = TANDEM_TRY(attribute_or<std::int64_t>(node_, "keepdims", 1)) == 1;
    return Parameter{.shape = keeps ? Shape{1} : Shape{}, .values = Integers{result}};
}

Judged<Parameter> Folding::where() const {
    const Integers condition = TANDEM_TRY(integers(0));
    const Integers yes = TANDEM_TRY(integers(1));
    const Integers no = TANDEM_TRY(integers(2));
    const auto fits = [&](const Integers& values) {
        return values.size() == condition.size() || values.size() == 1;
    };
    if (!fits(yes) || !fits(no)) return wrong("", "a Where of lists of different lengths", "equal lengths");
    Integers result;
    for (std::size_t i = 0; i < condition.size(); ++i) {
        const Integers& chosen = condition[i] != 0 ? yes : no;
        result.push_back(chosen[chosen.size() == 1 ? 0 : i]);
    }
    return Parameter{.shape = inputs_[0]->shape, .values = std::move(result)};
}

Judged<Parameter> Folding::fold() {
    const std::string& type = node_.type;
    if (type == "Identity") return *TANDEM_TRY(input(0));
    if (type == "Cast") return cast();
    if (type == "Reshape") return reshape();
    if (type == "Squeeze") return squeeze();
    if (type == "Unsqueeze") return unsqueeze();
    if (type == "Transpose") return transpose();
    if (type == "Gather") return gather();
    if (type == "Slice") return slice();
    if (type == "Concat") return concat();
    if (type == "Expand") return expand();
    if (type == "Range") return range();
    if (type == "ConstantOfShape") return constant_of_shape();
    if (type == "ReduceProd") return reduce_prod();
    if (type == "Where") return where();
    const std::array<std::string_view, 6> unaries{"Ceil", "Exp", "Floor", "Neg", "Reciprocal", "Sqrt"};
    const Parameter* const first = TANDEM_TRY(input(0));
    if (std::find(unaries.begin(), unaries.end(), type) != unaries.end()) return reckon_each(type, *first);
    return reckon_each(type, *first, *TANDEM_TRY(input(1)));
}

} // namespace

bool folds_constants(std::string_view type) {
    // Keep it sorted.
    static constexpr std::array<std::string_view, 27> kTypes{
        "Add",   "Cast",   "Ceil",    "Concat", "ConstantOfShape", "Div",        "Equal",
        "Exp",   "Expand", "Floor",   "Gather", "Identity",        "Max",        "Min",
        "Mul",   "Neg",    "Pow",     "Range",  "Reciprocal",      "ReduceProd", "Reshape",
        "Slice", "Sqrt",   "Squeeze", "Sub",    "Transpose",       "Unsqueeze"};
    return type == "Where" || std::binary_search(kTypes.begin(), kTypes.end(), type);
}

tl::expected<Parameter, Problem> fold_constant(const Node& node,
                                               const std::vector<const Parameter*>& inputs) {
    return Folding(node, inputs).fold();
}

} // namespace tandem
