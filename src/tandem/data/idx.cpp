// The IDX format as the MNIST page describes it: two zero bytes, the element type, the number of
// extents, each extent as a big-endian 32-bit integer, then the elements, the last index fastest.
#include "tandem/data/idx.h"

#include <algorithm>

#include <fmt/format.h>

#include "tandem/core/files.h"
#include "tandem/data/compression.h"

namespace tandem {

namespace {

constexpr std::size_t kMagicBytes = 4;
constexpr std::size_t kExtentBytes = 4;
constexpr unsigned kUnsignedByte = 0x08;
constexpr std::size_t kMostExtents = 8; // data sets have 1 to 4; more is a damaged file
constexpr std::size_t kLongestHeader = kMagicBytes + kMostExtents * kExtentBytes;

struct IdxHeader {
    std::vector<std::int64_t> shape;
    std::size_t header_bytes = 0;
    std::size_t elements = 0;
};

unsigned byte_at(std::string_view bytes, std::size_t offset) {
    return static_cast<unsigned char>(bytes[offset]);
}

Result<IdxHeader> parse_header(std::string_view bytes, const std::string& file) {
    if (bytes.size() < kMagicBytes) {
        return bad_input(file, "", fmt::format("{} bytes", bytes.size()),
                         "an IDX file, which begins with 4 bytes of magic number");
    }
    if (byte_at(bytes, 0) != 0 || byte_at(bytes, 1) != 0) {
        return bad_input(file, "byte 0", fmt::format("{:02x} {:02x}", byte_at(bytes, 0), byte_at(bytes, 1)),
                         "00 00, the start of an IDX file");
    }
    if (byte_at(bytes, 2) != kUnsignedByte) {
        return bad_input(file, "byte 2", fmt::format("element type {:02x}", byte_at(bytes, 2)),
                         "08, unsigned bytes");
    }
    const std::size_t extents = byte_at(bytes, 3);
    if (extents < 1 || extents > kMostExtents) {
        return bad_input(file, "byte 3", fmt::format("{} extents", extents),
                         fmt::format("1 to {}", kMostExtents));
    }
    IdxHeader header;
    header.header_bytes = kMagicBytes + extents * kExtentBytes;
    if (bytes.size() < header.header_bytes) {
        return bad_input(file, "", fmt::format("{} bytes", bytes.size()),
                         fmt::format("a header of {} bytes for {} extents", header.header_bytes, extents));
    }
    std::int64_t elements = 1;
    for (std::size_t i = 0; i < extents; ++i) {
        const std::size_t offset = kMagicBytes + i * kExtentBytes;
        std::int64_t extent = 0;
        for (std::size_t j = 0; j < kExtentBytes; ++j) {
            extent = extent * 256 + static_cast<std::int64_t>(byte_at(bytes, offset + j));
        }
        // Both factors are below 2^32 here, so the product cannot overflow.
        if (extent != 0 && elements > kLargestIdx / extent) {
            return bad_input(file, fmt::format("byte {}", offset), fmt::format("extent {}", extent),
                             fmt::format("at most {} elements in all", kLargestIdx));
        }
        elements *= extent;
        header.shape.push_back(extent);
    }
    header.elements = static_cast<std::size_t>(elements);
    return header;
}

} // namespace

Result<IdxArray> parse_idx(std::string_view bytes, const std::string& file) {
    std::string inflated;
    if (is_gzip(bytes)) {
        const std::string start = TANDEM_TRY(gunzip(bytes, kLongestHeader, file));
        const IdxHeader announced = TANDEM_TRY(parse_header(start, file));
        // One byte more than announced tells a file that is too long without inflating all of it.
        const std::size_t limit = std::max(announced.header_bytes + announced.elements + 1, kLongestHeader);
        inflated = TANDEM_TRY(gunzip(bytes, limit, file));
        bytes = inflated;
    }
    IdxHeader header = TANDEM_TRY(parse_header(bytes, file));
    const std::string_view values = bytes.substr(header.header_bytes);
    if (values.size() != header.elements) {
        const std::string found = values.size() > header.elements ? std::string("more bytes than that")
                                                                  : fmt::format("{} bytes", values.size());
        return bad_input(file, fmt::format("byte {}", header.header_bytes), found,
                         fmt::format("the {} bytes that the header announces", header.elements));
    }
    return IdxArray{.shape = std::move(header.shape), .values = {values.begin(), values.end()}};
}

Result<IdxArray> load_idx(const std::string& path) {
    const std::string bytes = TANDEM_TRY(read_file(path));
    return parse_idx(bytes, path);
}

} // namespace tandem
