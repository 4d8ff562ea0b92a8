// Archives, read by libarchive.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "tandem/core/result.h"

namespace tandem {

/// One regular file of an archive.
struct ArchiveEntry {
    std::string name;
    std::string bytes;
};

/// Whether an entry of this name is read at all.
using ArchiveFilter = std::function<bool(const std::string& name)>;
/// Takes an entry; its error ends the reading.
using ArchiveVisitor = std::function<Result<void>(ArchiveEntry entry)>;

enum class ArchiveFormat {
    tar, ///< plain, .gz or .xz
    zip
};

/// Hands on each regular file that the filter wants, in the archive's order; memory holds one at a time.
/// `file` is what messages call the archive. Errors: another format, a damaged archive, an entry of more than
/// `limit` bytes.
[[nodiscard]] Result<void> read_archive(std::string_view bytes, ArchiveFormat format, const std::string& file,
                                        std::size_t limit, const ArchiveFilter& filter,
                                        const ArchiveVisitor& visit);

} // namespace tandem
