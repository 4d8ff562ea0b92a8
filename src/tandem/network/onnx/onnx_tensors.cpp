#include "tandem/network/onnx/onnx_tensors.h"

#include <bit>
#include <cstring>

#include <fmt/format.h>

#include "tandem/core/check.h"

namespace tandem {

// ONNX's raw data are little-endian, and we copy them as they are.
static_assert(std::endian::native == std::endian::little);

namespace {

tl::unexpected<Problem> wrong(std::string found, std::string expected) {
    return tl::unexpected(
        Problem{.file = "", .place = "", .found = std::move(found), .expected = std::move(expected)});
}

tl::expected<Shape, Problem> read_shape(const onnx::TensorProto& tensor) {
    if (tensor.dims_size() > kMaximumOnnxRank) {
        return wrong(fmt::format("{} dimensions", tensor.dims_size()),
                     fmt::format("at most {}", kMaximumOnnxRank));
    }
    Shape shape(tensor.dims().begin(), tensor.dims().end());
    std::int64_t product = 1;
    for (const std::int64_t extent : shape) {
        if (extent < 1 || extent > kMaximumElements / product) {
            return wrong(fmt::format("an extent of {}", extent),
                         fmt::format("positive extents of at most {} elements", kMaximumElements));
        }
        product *= extent;
    }
    return shape;
}

/// Copies raw bytes, or the typed list where a file uses that instead.
template <class Value, class TypedList> tl::expected<std::vector<Value>, Problem>
read_values(const onnx::TensorProto& tensor, const TypedList& typed, std::int64_t expected_count) {
    const auto count = static_cast<std::size_t>(expected_count);
    const std::string& raw = tensor.raw_data();
    if (tensor.has_raw_data() ? raw.size() != count * sizeof(Value)
                              : static_cast<std::size_t>(typed.size()) != count) {
        return tensor.has_raw_data()
                   ? wrong(fmt::format("{} bytes of data", raw.size()),
                           fmt::format("{}", count * sizeof(Value)))
                   : wrong(fmt::format("{} values", typed.size()), fmt::format("{}", count));
    }
    if (!tensor.has_raw_data()) return std::vector<Value>(typed.begin(), typed.end());
    std::vector<Value> values(count);
    std::memcpy(values.data(), raw.data(), raw.size());
    return values;
}

} // namespace

tl::expected<Parameter, Problem> read_tensor(const onnx::TensorProto& tensor) {
    if (tensor.data_location() == onnx::TensorProto::EXTERNAL || tensor.external_data_size() > 0) {
        return wrong("data in another file", "data inside this one");
    }
    if (tensor.has_segment()) return wrong("a segment of a tensor", "a whole one");
    Parameter parameter;
    parameter.shape = TANDEM_TRY(read_shape(tensor));
    const std::int64_t count = elements_per_sample(parameter.shape);
    if (tensor.data_type() == onnx::TensorProto::FLOAT) {
        parameter.values = TANDEM_TRY(read_values<float>(tensor, tensor.float_data(), count));
    } else if (tensor.data_type() == onnx::TensorProto::INT64) {
        parameter.values = TANDEM_TRY(read_values<std::int64_t>(tensor, tensor.int64_data(), count));
    } else {
        const bool has_name = onnx::TensorProto_DataType_IsValid(tensor.data_type());
        return wrong(has_name ? onnx::TensorProto_DataType_Name(
                                    static_cast<onnx::TensorProto_DataType>(tensor.data_type())) +
                                    " values"
                              : fmt::format("element type {}", tensor.data_type()),
                     "FLOAT or INT64");
    }
    return parameter;
}

void write_tensor(const std::string& name, const Parameter& parameter, onnx::TensorProto& tensor) {
    tensor.set_name(name);
    for (const std::int64_t extent : parameter.shape) tensor.add_dims(extent);
    const bool is_float = std::holds_alternative<std::vector<float>>(parameter.values);
    tensor.set_data_type(is_float ? onnx::TensorProto::FLOAT : onnx::TensorProto::INT64);
    std::visit(
        [&](const auto& values) {
            std::string& raw = *tensor.mutable_raw_data();
            raw.resize(values.size() * sizeof(values[0]));
            std::memcpy(raw.data(), values.data(), raw.size());
        },
        parameter.values);
}

} // namespace tandem
