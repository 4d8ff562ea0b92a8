#include "tandem/network/onnx/onnx_tensors.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <fstream>

#include <fmt/format.h>

#include "tandem/core/check.h"
#include "tandem/network/quoted.h"

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

/// The elements of a tensor, each converted: from raw bytes, or from the typed list where a file uses that
/// instead. `Stored` is the type of an element in the raw bytes.
template <class Stored, class Value, class TypedList, class Convert>
tl::expected<std::vector<Value>, Problem> read_values(const onnx::TensorProto& tensor, const TypedList& typed,
                                                      std::size_t count, const Convert& convert) {
    const std::string& raw = tensor.raw_data();
    if (tensor.has_raw_data() ? raw.size() != count * sizeof(Stored)
                              : static_cast<std::size_t>(typed.size()) != count) {
        return tensor.has_raw_data()
                   ? wrong(fmt::format("{} bytes of data", raw.size()),
                           fmt::format("{}", count * sizeof(Stored)))
                   : wrong(fmt::format("{} values", typed.size()), fmt::format("{}", count));
    }
    std::vector<Value> values(count);
    for (std::size_t i = 0; i < count; ++i) {
        Stored element{};
        if (tensor.has_raw_data()) {
            std::memcpy(&element, raw.data() + i * sizeof(Stored), sizeof(Stored));
        } else {
            element = static_cast<Stored>(typed.Get(static_cast<int>(i)));
        }
        values[i] = convert(element);
    }
    return values;
}

/// IEEE 754 binary16 to binary32, exactly.
float from_half(std::uint16_t half) {
    const std::uint32_t sign = (half & 0x8000U) << 16U;
    const std::uint32_t exponent = (half >> 10U) & 0x1FU;
    const std::uint32_t fraction = half & 0x3FFU;
    if (exponent == 0) { // zero and subnormal numbers: fraction * 2^-24
        const float magnitude = static_cast<float>(fraction) * 0x1p-24F;
        return sign == 0 ? magnitude : -magnitude;
    }
    const std::uint32_t wide = exponent == 0x1FU ? 0xFFU : exponent + (127U - 15U);
    return std::bit_cast<float>(sign | (wide << 23U) | (fraction << 13U));
}

float from_bfloat16(std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16U); }

template <class Stored, class TypedList> tl::expected<std::vector<std::int64_t>, Problem>
read_integers(const onnx::TensorProto& tensor, const TypedList& typed, std::size_t count) {
    return read_values<Stored, std::int64_t>(tensor, typed, count,
                                             [](Stored value) { return static_cast<std::int64_t>(value); });
}

/// The bytes that a tensor keeps in another file.
tl::expected<std::string, Problem> external_bytes(const onnx::TensorProto& tensor,
                                                  const std::optional<std::filesystem::path>& folder,
                                                  std::uint64_t& bytes_left) {
    std::string location;
    std::uint64_t offset = 0;
    std::optional<std::uint64_t> length;
    for (const auto& entry : tensor.external_data()) {
        if (entry.key() == "location") {
            location = entry.value();
        } else if (entry.key() == "offset" || entry.key() == "length") {
            std::uint64_t number = 0;
            const char* const end = entry.value().data() + entry.value().size();
            const auto [stop, error] = std::from_chars(entry.value().data(), end, number);
            if (error != std::errc() || stop != end) {
                return wrong(fmt::format("{} {}", entry.key(), quoted_name(entry.value())),
                             "a number of bytes");
            }
            if (entry.key() == "offset") {
                offset = number;
            } else {
                length = number;
            }
        }
    }
    const std::filesystem::path relative(location);
    const bool leaves =
        relative.is_absolute() || std::find(relative.begin(), relative.end(), "..") != relative.end();
    if (location.empty() || leaves) {
        return wrong("data in " + quoted_name(location), "a file beside the model or in a folder there");
    }
    if (!folder) return wrong("data in " + quoted_name(location), "data inside this one");
    const std::filesystem::path path = *folder / relative;
    std::error_code missing;
    const std::uintmax_t size = std::filesystem::file_size(path, missing);
    if (missing) return wrong("data in " + quoted_name(location), "that file beside the model");
    if (offset > size || (length && *length > size - offset)) {
        return wrong(fmt::format("{} bytes in {}", size, quoted_name(location)),
                     fmt::format("{} from byte {} on", length.value_or(0), offset));
    }
    const std::uint64_t wanted = length.value_or(size - offset);
    if (wanted > bytes_left)
        return wrong(fmt::format("{} more bytes of data", wanted), fmt::format("at most {}", bytes_left));
    bytes_left -= wanted;
    std::string bytes(static_cast<std::size_t>(wanted), '\0');
    std::ifstream stream(path, std::ios::binary);
    stream.seekg(static_cast<std::streamoff>(offset));
    stream.read(bytes.data(), static_cast<std::streamsize>(wanted));
    if (!stream) return wrong("data in " + quoted_name(location), "a file that can be read");
    return bytes;
}

} // namespace

void fetch_external_data(onnx::GraphProto& graph, const std::optional<std::filesystem::path>& folder,
                         const std::string& file, std::vector<Problem>& problems) {
    std::uint64_t bytes_left = static_cast<std::uint64_t>(kMaximumElements) * sizeof(float);
    const auto fetch = [&](onnx::TensorProto& tensor, const std::string& place) {
        if (tensor.data_location() != onnx::TensorProto::EXTERNAL && tensor.external_data_size() == 0) return;
        tl::expected<std::string, Problem> bytes = external_bytes(tensor, folder, bytes_left);
        if (!bytes) {
            problems.push_back({file, place, bytes.error().found, bytes.error().expected});
        } else {
            tensor.set_raw_data(std::move(*bytes));
        }
        tensor.clear_external_data();
        tensor.clear_data_location();
    };
    for (onnx::TensorProto& tensor : *graph.mutable_initializer()) {
        fetch(tensor, "initializer " + quoted_name(tensor.name()));
    }
    for (onnx::NodeProto& node : *graph.mutable_node()) {
        for (onnx::AttributeProto& attribute : *node.mutable_attribute()) {
            if (attribute.has_t()) fetch(*attribute.mutable_t(), "node " + quoted_name(node.name()));
        }
    }
}

tl::expected<Parameter, Problem> read_tensor(const onnx::TensorProto& tensor) {
    if (tensor.has_segment()) return wrong("a segment of a tensor", "a whole one");
    Parameter parameter;
    parameter.shape = TANDEM_TRY(read_shape(tensor));
    const auto count = static_cast<std::size_t>(elements_per_sample(parameter.shape));
    const auto as_float = [](auto value) { return static_cast<float>(value); };
    switch (tensor.data_type()) {
    case onnx::TensorProto::FLOAT:
        parameter.values =
            TANDEM_TRY((read_values<float, float>(tensor, tensor.float_data(), count, as_float)));
        break;
    case onnx::TensorProto::DOUBLE:
        parameter.values =
            TANDEM_TRY((read_values<double, float>(tensor, tensor.double_data(), count, as_float)));
        break;
    case onnx::TensorProto::FLOAT16:
        parameter.values =
            TANDEM_TRY((read_values<std::uint16_t, float>(tensor, tensor.int32_data(), count, from_half)));
        break;
    case onnx::TensorProto::BFLOAT16:
        parameter.values = TANDEM_TRY(
            (read_values<std::uint16_t, float>(tensor, tensor.int32_data(), count, from_bfloat16)));
        break;
    case onnx::TensorProto::INT64:
        parameter.values = TANDEM_TRY(read_integers<std::int64_t>(tensor, tensor.int64_data(), count));
        break;
    case onnx::TensorProto::INT32:
        parameter.values = TANDEM_TRY(read_integers<std::int32_t>(tensor, tensor.int32_data(), count));
        break;
    case onnx::TensorProto::INT16:
        parameter.values = TANDEM_TRY(read_integers<std::int16_t>(tensor, tensor.int32_data(), count));
        break;
    case onnx::TensorProto::UINT16:
        parameter.values = TANDEM_TRY(read_integers<std::uint16_t>(tensor, tensor.int32_data(), count));
        break;
    case onnx::TensorProto::INT8:
        parameter.values = TANDEM_TRY(read_integers<std::int8_t>(tensor, tensor.int32_data(), count));
        break;
    case onnx::TensorProto::UINT8:
    case onnx::TensorProto::BOOL:
        parameter.values = TANDEM_TRY(read_integers<std::uint8_t>(tensor, tensor.int32_data(), count));
        break;
    default: { // protobuf's list of types is open
        const bool has_name = onnx::TensorProto_DataType_IsValid(tensor.data_type());
        return wrong(has_name ? onnx::TensorProto_DataType_Name(
                                    static_cast<onnx::TensorProto_DataType>(tensor.data_type())) +
                                    " values"
                              : fmt::format("element type {}", tensor.data_type()),
                     "a float type of at most 64 bits or an integer type");
    }
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
