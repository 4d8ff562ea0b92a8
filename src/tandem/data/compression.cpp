#include "tandem/data/compression.h"

#include <algorithm>
#include <cstdint>
#include <memory>

#include <fmt/format.h>
#include <lzma.h>

#define ZLIB_CONST // zlib only reads its input
#include <zlib.h>

#include "tandem/core/check.h"

namespace tandem {

namespace {

unsigned byte_at(std::string_view bytes, std::size_t offset) {
    return static_cast<unsigned char>(bytes[offset]);
}

struct InflateEnd {
    void operator()(z_stream* stream) const { inflateEnd(stream); }
};

struct LzmaEnd {
    void operator()(lzma_stream* stream) const { lzma_end(stream); }
};

} // namespace

bool is_gzip(std::string_view bytes) {
    return bytes.size() >= 2 && byte_at(bytes, 0) == 0x1F && byte_at(bytes, 1) == 0x8B;
}

bool is_xz(std::string_view bytes) {
    return bytes.starts_with("\xFD"
                             "7zXZ");
}

Result<std::string> gunzip(std::string_view bytes, std::size_t limit, const std::string& file) {
    z_stream stream{};
    constexpr int kGzipOnly = 15 + 16; // the largest window; gzip framing, not zlib's
    TANDEM_CHECK(inflateInit2(&stream, kGzipOnly) == Z_OK, "zlib cannot start");
    const std::unique_ptr<z_stream, InflateEnd> end(&stream);

    constexpr std::size_t kStep = std::size_t{1} << 20U; // feeds zlib's 32-bit counters safely
    std::string output;
    std::size_t consumed = 0;
    while (output.size() < limit) {
        const std::size_t given = std::min(kStep, bytes.size() - consumed);
        const std::size_t room = std::min(kStep, limit - output.size());
        const std::size_t before = output.size();
        output.resize(before + room);
        stream.next_in = reinterpret_cast<const Bytef*>(bytes.data() + consumed);
        stream.avail_in = static_cast<uInt>(given);
        stream.next_out = reinterpret_cast<Bytef*>(output.data() + before);
        stream.avail_out = static_cast<uInt>(room);
        const int status = inflate(&stream, Z_NO_FLUSH);
        consumed += given - stream.avail_in;
        output.resize(before + room - stream.avail_out);
        if (status == Z_STREAM_END) {
            const std::string_view rest = bytes.substr(consumed);
            if (rest.empty()) return output;
            if (!is_gzip(rest)) {
                return bad_input(file, fmt::format("byte {}", consumed),
                                 fmt::format("{} bytes after the gzip stream", rest.size()),
                                 "the end of the file");
            }
            inflateReset(&stream); // a further member: gzip files may be joined
            continue;
        }
        if (status == Z_BUF_ERROR || (status == Z_OK && consumed == bytes.size() && stream.avail_out != 0)) {
            return bad_input(file, fmt::format("byte {}", bytes.size()),
                             "the end of the file inside a gzip stream",
                             "a whole gzip file; copy or download it again");
        }
        if (status != Z_OK) {
            return bad_input(
                file, fmt::format("byte {}", consumed),
                fmt::format("corrupt gzip ({})", stream.msg != nullptr ? stream.msg : "unexpected data"),
                "an undamaged gzip file; copy or download it again");
        }
    }
    return output;
}

Result<std::string> unxz(std::string_view bytes, std::size_t limit, const std::string& file) {
    lzma_stream stream = LZMA_STREAM_INIT;
    // Far above the dictionaries of real files, and what a hostile one may cost us.
    constexpr std::uint64_t kMemoryLimit = std::uint64_t{256} << 20U;
    TANDEM_CHECK(lzma_stream_decoder(&stream, kMemoryLimit, 0) == LZMA_OK, "liblzma cannot start");
    const std::unique_ptr<lzma_stream, LzmaEnd> end(&stream);
    stream.next_in = reinterpret_cast<const std::uint8_t*>(bytes.data());
    stream.avail_in = bytes.size();
    constexpr std::size_t kStep = std::size_t{1} << 20U;
    std::string output;
    while (output.size() < limit) {
        const std::size_t before = output.size();
        const std::size_t room = std::min(kStep, limit - before);
        output.resize(before + room);
        stream.next_out = reinterpret_cast<std::uint8_t*>(output.data() + before);
        stream.avail_out = room;
        const lzma_ret status = lzma_code(&stream, LZMA_FINISH);
        output.resize(before + room - stream.avail_out);
        if (status == LZMA_STREAM_END) {
            if (stream.avail_in == 0) return output;
            return bad_input(file, fmt::format("byte {}", bytes.size() - stream.avail_in),
                             fmt::format("{} bytes after the xz stream", stream.avail_in),
                             "the end of the file");
        }
        if (status != LZMA_OK) {
            return bad_input(file, fmt::format("byte {}", bytes.size() - stream.avail_in),
                             fmt::format("corrupt or cut xz (liblzma's code {})", static_cast<int>(status)),
                             "a whole xz file; copy or download it again");
        }
    }
    return output;
}

Result<std::string> decompressed(std::string bytes, std::size_t limit, const std::string& file) {
    if (is_gzip(bytes)) return gunzip(bytes, limit, file);
    if (is_xz(bytes)) return unxz(bytes, limit, file);
    return bytes;
}

} // namespace tandem
