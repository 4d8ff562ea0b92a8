#include "tandem/network/onnx/constant_arithmetic.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "tandem/network/onnx/constant_folding.h"

namespace tandem {

using operators::Judged;
using operators::wrong;
using Floats = std::vector<float>;
using Integers = std::vector<std::int64_t>;

Judged<std::int64_t> reckon(std::string_view type, std::int64_t a, std::int64_t b) {
    std::int64_t result = 0;
    const bool is_batch = a == kBatchSize || b == kBatchSize;
    if (type == "Equal" && !is_batch) return a == b ? 1 : 0;
    // A batch is no -1, which is what exporters ask of extents.
    if (type == "Equal" && (a == -1 || b == -1)) return 0;
    if (is_batch)
        return wrong("", "the size of the batch reckoned with", "constants, or the batch in its place");
    const bool overflows = type == "Add"   ? __builtin_add_overflow(a, b, &result)
                           : type == "Sub" ? __builtin_sub_overflow(a, b, &result)
                                           : type == "Mul" && __builtin_mul_overflow(a, b, &result);
    if (overflows) return wrong("", fmt::format("{} of {} and {}", type, a, b), "a result of 64 bits");
    if (type == "Div") {
        if (b == 0) return wrong("", "a division by 0", "another divisor");
        result = a / b;
    }
    if (type == "Min") result = std::min(a, b);
    if (type == "Max") result = std::max(a, b);
    return result;
}

namespace {

std::size_t elements_of(const Parameter& parameter) {
    return std::visit([](const auto& values) { return values.size(); }, parameter.values);
}

Judged<float> reckon(std::string_view type, float a, float b) {
    if (type == "Add") return a + b;
    if (type == "Sub") return a - b;
    if (type == "Mul") return a * b;
    if (type == "Div") return a / b;
    if (type == "Min") return std::min(a, b);
    if (type == "Max") return std::max(a, b);
    if (type == "Pow") return std::pow(a, b);
    return wrong("", fmt::format("{} of float constants", type), "integers");
}

/// The shape of two constants broadcast together where one has a single element or both have one shape.
Judged<Shape> common_shape(const Parameter& a, const Parameter& b) {
    if (a.shape == b.shape || elements_of(b) == 1)
        return a.shape.size() >= b.shape.size() ? a.shape : b.shape;
    if (elements_of(a) == 1) return b.shape;
    return wrong("", fmt::format("constants of shapes {} and {}", to_string(a.shape), to_string(b.shape)),
                 "equal shapes, or one number");
}

} // namespace

Judged<Parameter> reckon_each(std::string_view type, Parameter result) {
    auto* values = std::get_if<Floats>(&result.values);
    if (type == "Neg" && values == nullptr) {
        for (std::int64_t& value : std::get<Integers>(result.values)) {
            value = TANDEM_TRY(reckon("Sub", std::int64_t{0}, value));
        }
        return result;
    }
    if (values == nullptr) return wrong("", fmt::format("{} of integers", type), "float values");
    for (float& value : *values) {
        if (type == "Neg") value = -value;
        if (type == "Sqrt") value = std::sqrt(value);
        if (type == "Exp") value = std::exp(value);
        if (type == "Reciprocal") value = 1.0F / value;
        if (type == "Floor") value = std::floor(value);
        if (type == "Ceil") value = std::ceil(value);
    }
    return result;
}

Judged<Parameter> reckon_each(std::string_view type, const Parameter& a, const Parameter& b) {
    if (a.values.index() != b.values.index()) return wrong("", "integers with float values", "one type");
    Shape shape = TANDEM_TRY(common_shape(a, b));
    return std::visit(
        [&](const auto& left) -> Judged<Parameter> {
            const auto& right = std::get<std::decay_t<decltype(left)>>(b.values);
            std::decay_t<decltype(left)> result;
            const std::size_t count = std::max(left.size(), right.size());
            for (std::size_t i = 0; i < count; ++i) {
                result.push_back(TANDEM_TRY(
                    reckon(type, left[left.size() == 1 ? 0 : i], right[right.size() == 1 ? 0 : i])));
            }
            return Parameter{.shape = std::move(shape), .values = std::move(result)};
        },
        a.values);
}

} // namespace tandem
