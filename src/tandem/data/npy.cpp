#include "tandem/data/npy.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <optional>

#include <fmt/format.h>

#include "tandem/core/files.h"

namespace tandem {

// Elements are copied as they are.
static_assert(std::endian::native == std::endian::little);

namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr std::int64_t kMostElements = std::int64_t{1} << 31;
constexpr std::size_t kMostExtents = 8;

/// What stands between quotes or brackets after a key of the header's dictionary.
std::optional<std::string_view> field(std::string_view header, std::string_view key) {
    const std::size_t at = header.find(fmt::format("'{}':", key));
    if (at == std::string_view::npos) return std::nullopt;
    std::string_view rest = header.substr(at + key.size() + 3);
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    if (rest.empty()) return std::nullopt;
    const char close = rest.front() == '(' ? ')' : rest.front() == '\'' ? '\'' : ',';
    const std::size_t first = close == ',' ? 0 : 1;
    const std::size_t end = rest.find(close, first);
    if (end == std::string_view::npos) return std::nullopt;
    return rest.substr(first, end - first);
}

std::optional<std::vector<std::int64_t>> parse_shape(std::string_view list) {
    std::vector<std::int64_t> shape;
    std::int64_t elements = 1;
    while (true) {
        list.remove_prefix(std::min(list.find_first_not_of(" ,"), list.size()));
        if (list.empty()) return shape;
        std::int64_t extent = 0;
        const auto [stop, error] = std::from_chars(list.data(), list.data() + list.size(), extent);
        if (error != std::errc() || extent < 0 || shape.size() == kMostExtents) return std::nullopt;
        if (extent != 0 && elements > kMostElements / extent) return std::nullopt;
        elements *= extent;
        shape.push_back(extent);
        list.remove_prefix(static_cast<std::size_t>(stop - list.data()));
    }
}

template <class Stored> void convert(std::string_view bytes, std::vector<float>& values) {
    values.resize(bytes.size() / sizeof(Stored));
    for (std::size_t i = 0; i < values.size(); ++i) {
        Stored element{};
        std::memcpy(&element, bytes.data() + i * sizeof(Stored), sizeof(Stored));
        values[i] = static_cast<float>(element);
    }
}

struct ElementType {
    std::string_view name;
    std::size_t bytes;
    void (*read)(std::string_view bytes, std::vector<float>& values);
};
constexpr std::array<ElementType, 10> kTypes{{{"<f4", 4, convert<float>},
                                              {"<f8", 8, convert<double>},
                                              {"|i1", 1, convert<std::int8_t>},
                                              {"<i2", 2, convert<std::int16_t>},
                                              {"<i4", 4, convert<std::int32_t>},
                                              {"<i8", 8, convert<std::int64_t>},
                                              {"|u1", 1, convert<std::uint8_t>},
                                              {"<u2", 2, convert<std::uint16_t>},
                                              {"<u4", 4, convert<std::uint32_t>},
                                              {"|b1", 1, convert<std::uint8_t>}}};

} // namespace

Result<NpyArray> parse_npy(std::string_view bytes, const std::string& file) {
    if (!bytes.starts_with(kMagic) || bytes.size() < 12) {
        return bad_input(file, "byte 0", "no NumPy array", "a file that begins with \\x93NUMPY");
    }
    const auto byte = [&](std::size_t at) {
        return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at]));
    };
    const std::size_t version = byte(6);
    if (version < 1 || version > 3)
        return bad_input(file, "byte 6", fmt::format("version {}", version), "1 to 3");
    const std::size_t start = version == 1 ? 10 : 12;
    std::size_t length = byte(8) + 256 * byte(9);
    if (version > 1) length += 65536 * byte(10) + 16777216 * byte(11);
    if (length > bytes.size() - start) {
        return bad_input(file, "byte 8", fmt::format("a header of {} bytes", length),
                         "one that ends in the file");
    }
    const std::string_view header = bytes.substr(start, length);
    const auto type = field(header, "descr");
    const auto order = field(header, "fortran_order");
    const auto extents = field(header, "shape");
    if (!type || !order || !extents) {
        return bad_input(file, "header", "no descr, fortran_order and shape", "a dictionary with these keys");
    }
    if (!order->starts_with("False")) return bad_input(file, "fortran_order", std::string(*order), "False");
    const auto shape = parse_shape(*extents);
    if (!shape) {
        return bad_input(file, "shape", fmt::format("({})", extents->substr(0, 80)),
                         fmt::format("at most {} extents and {} elements", kMostExtents, kMostElements));
    }
    std::size_t count = 1;
    for (const std::int64_t extent : *shape) count *= static_cast<std::size_t>(extent);
    const std::string_view elements = bytes.substr(start + length);
    for (const ElementType& each : kTypes) {
        if (each.name != *type) continue;
        if (elements.size() != count * each.bytes) {
            return bad_input(file, "elements", fmt::format("{} bytes", elements.size()),
                             fmt::format("{}", count * each.bytes));
        }
        NpyArray array{.shape = *shape, .values = {}};
        each.read(elements, array.values);
        return array;
    }
    return bad_input(file, "descr", fmt::format("element type {}", type->substr(0, 20)),
                     "little-endian numbers of at most 64 bits");
}

Result<NpyArray> load_npy(const std::string& path) {
    const std::string bytes = TANDEM_TRY(read_file(path));
    return parse_npy(bytes, path);
}

std::string emit_npy(const NpyArray& array) {
    std::string extents;
    for (const std::int64_t extent : array.shape) extents += fmt::format("{},", extent);
    std::string header = fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}), }}", extents);
    // The elements begin at a multiple of 64 bytes, after a newline.
    constexpr std::size_t kAlignment = 64;
    constexpr std::size_t kPrefix = 10;
    header.append(kAlignment - 1 - (kPrefix + header.size()) % kAlignment, ' ');
    header += '\n';
    std::string bytes(kMagic);
    bytes += '\x01';
    bytes += '\0';
    bytes += static_cast<char>(header.size() % 256);
    bytes += static_cast<char>(header.size() / 256);
    bytes += header;
    const std::size_t before = bytes.size();
    bytes.resize(before + array.values.size() * sizeof(float));
    if (!array.values.empty()) {
        std::memcpy(bytes.data() + before, array.values.data(), array.values.size() * sizeof(float));
    }
    return bytes;
}

} // namespace tandem
