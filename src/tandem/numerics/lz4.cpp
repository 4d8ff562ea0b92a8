#include "tandem/numerics/lz4.h"

#include <limits>

#include <fmt/format.h>
#include <lz4.h>
#include <lz4hc.h>

#include "tandem/core/check.h"

namespace tandem {

std::vector<std::uint8_t> lz4_encode(std::span<const std::uint8_t> bytes, Lz4Parser parser) {
    TANDEM_CHECK(bytes.size() <= LZ4_MAX_INPUT_SIZE, "no more than LZ4 encodes at once");
    const int size = static_cast<int>(bytes.size());
    const int bound = LZ4_compressBound(size);
    std::vector<std::uint8_t> block(static_cast<std::size_t>(bound));
    const auto* from = reinterpret_cast<const char*>(bytes.data());
    auto* to = reinterpret_cast<char*>(block.data());
    const int written = parser == Lz4Parser::optimal
                            ? LZ4_compress_HC(from, to, size, bound, LZ4HC_CLEVEL_MAX)
                            : LZ4_compress_default(from, to, size, bound);
    TANDEM_CHECK(written > 0, "a block within its bound");
    block.resize(static_cast<std::size_t>(written));
    return block;
}

Result<std::vector<std::uint8_t>> lz4_decode(std::span<const std::uint8_t> block, std::size_t size) {
    constexpr auto kMost = static_cast<std::size_t>(std::numeric_limits<int>::max());
    TANDEM_CHECK(block.size() <= kMost && size <= kMost, "no more than LZ4 decodes at once");
    std::vector<std::uint8_t> bytes(size);
    const int read = LZ4_decompress_safe(reinterpret_cast<const char*>(block.data()),
                                         reinterpret_cast<char*>(bytes.data()),
                                         static_cast<int>(block.size()), static_cast<int>(size));
    if (read < 0 || static_cast<std::size_t>(read) != size) {
        return bad_input("an LZ4 block", "", read < 0 ? "a damaged one" : fmt::format("{} bytes", read),
                         fmt::format("{} bytes", size));
    }
    return bytes;
}

} // namespace tandem
