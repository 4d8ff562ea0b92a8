// Compressed bytes: gzip and xz. Memory grows with what is really inflated, never with what a header
// promises.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "tandem/core/result.h"

namespace tandem {

bool is_gzip(std::string_view bytes);
bool is_xz(std::string_view bytes);

/// The first `limit` bytes that a gzip file holds, or all of them when there are fewer; then the check sum of
/// every member has been verified and nothing follows the last one.
[[nodiscard]] Result<std::string> gunzip(std::string_view bytes, std::size_t limit, const std::string& file);

/// The same of an .xz file of one stream, with any of liblzma's filters.
[[nodiscard]] Result<std::string> unxz(std::string_view bytes, std::size_t limit, const std::string& file);

/// A file's first `limit` bytes, decompressed where they begin like gzip or xz.
[[nodiscard]] Result<std::string> decompressed(std::string bytes, std::size_t limit, const std::string& file);

} // namespace tandem
