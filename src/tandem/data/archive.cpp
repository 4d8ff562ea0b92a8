#include "tandem/data/archive.h"

#include <array>
#include <memory>

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include "tandem/core/check.h"

namespace tandem {

namespace {

struct ArchiveEnd {
    void operator()(archive* reader) const { archive_read_free(reader); }
};
using ArchivePointer = std::unique_ptr<archive, ArchiveEnd>;

constexpr std::size_t kBlock = std::size_t{1} << 16U;

ArchivePointer make_reader(ArchiveFormat format) {
    ArchivePointer reader(archive_read_new());
    TANDEM_CHECK(reader != nullptr, "libarchive cannot start");
    if (format == ArchiveFormat::zip) {
        archive_read_support_format_zip(reader.get());
    } else {
        archive_read_support_format_tar(reader.get());
        archive_read_support_filter_gzip(reader.get());
        archive_read_support_filter_xz(reader.get());
    }
    return reader;
}

/// What libarchive says is wrong, without a line's end.
tl::unexpected<Error> damaged(archive* reader, const std::string& file, const std::string& expected) {
    const char* const text = archive_error_string(reader);
    return bad_input(file, "", text == nullptr ? "a damaged archive" : text, expected);
}

Result<std::string> read_entry(archive* reader, const std::string& file, const std::string& name,
                               std::size_t limit, const std::string& expected) {
    // The size that a header claims is not believed: memory grows with what is there.
    std::string bytes;
    std::array<char, kBlock> block{};
    for (;;) {
        const auto count = archive_read_data(reader, block.data(), block.size());
        if (count < 0) return damaged(reader, file, expected);
        if (count == 0) return bytes;
        bytes.append(block.data(), static_cast<std::size_t>(count));
        if (bytes.size() > limit) {
            return bad_input(file, name, "more bytes than that", fmt::format("at most {} bytes", limit));
        }
    }
}

} // namespace

Result<void> read_archive(std::string_view bytes, ArchiveFormat format, const std::string& file,
                          std::size_t limit, const ArchiveFilter& filter, const ArchiveVisitor& visit) {
    const ArchivePointer owner = make_reader(format);
    archive* const reader = owner.get();
    const std::string expected =
        format == ArchiveFormat::zip ? "a zip file" : "a tar file, plain, .gz or .xz";
    if (archive_read_open_memory(reader, bytes.data(), bytes.size()) != ARCHIVE_OK) {
        return damaged(reader, file, expected);
    }
    archive_entry* entry = nullptr;
    for (;;) {
        const int status = archive_read_next_header(reader, &entry);
        if (status == ARCHIVE_EOF) return {};
        if (status < ARCHIVE_WARN) return damaged(reader, file, expected);
        const char* const name = archive_entry_pathname(entry);
        if (name == nullptr || archive_entry_filetype(entry) != AE_IFREG || !filter(name)) continue;
        ArchiveEntry found{.name = name, .bytes = {}};
        found.bytes = TANDEM_TRY(read_entry(reader, file, found.name, limit, expected));
        TANDEM_TRY(visit(std::move(found)));
    }
}

} // namespace tandem
