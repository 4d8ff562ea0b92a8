// IDX files (the format of MNIST and its kin), plain or gzipped.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/result.h"

namespace tandem {

/// An IDX array of unsigned bytes.
struct IdxArray {
    std::vector<std::int64_t> shape;
    std::vector<std::uint8_t> values;
};

/// Parses IDX bytes, gunzipping them first when they begin like a gzip stream. Errors: bad magic,
/// element type other than unsigned byte, fewer or more bytes than the header says, corrupt gzip,
/// a header that claims more than `kLargestIdx` elements.
[[nodiscard]] Result<IdxArray> parse_idx(std::string_view bytes, const std::string& file);
[[nodiscard]] Result<IdxArray> load_idx(const std::string& path);

inline constexpr std::int64_t kLargestIdx = std::int64_t{1} << 31;

} // namespace tandem
