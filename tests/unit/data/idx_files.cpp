#include "idx_files.h"

#include <stdexcept>

#include <zlib.h>

namespace tandem::testing {

std::string idx_bytes(const std::vector<std::uint32_t>& extents, std::string_view values, char element_type) {
    std::string bytes{'\0', '\0', element_type, static_cast<char>(extents.size())};
    for (const std::uint32_t extent : extents) {
        for (const unsigned shift : {24U, 16U, 8U, 0U}) {
            bytes += static_cast<char>(static_cast<unsigned char>(extent >> shift));
        }
    }
    return bytes.append(values);
}

std::string gzip(std::string_view bytes) {
    z_stream stream{};
    if (deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        throw std::runtime_error("zlib cannot start");
    }
    std::string output(deflateBound(&stream, bytes.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(output.data());
    stream.avail_out = static_cast<uInt>(output.size());
    if (deflate(&stream, Z_FINISH) != Z_STREAM_END) throw std::runtime_error("zlib cannot deflate");
    output.resize(stream.total_out);
    deflateEnd(&stream);
    return output;
}

} // namespace tandem::testing
