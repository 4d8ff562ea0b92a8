// LZ4 blocks: a lossless code whose decoder takes a few instructions a byte, which is why firmware uses it
// for weights that are mostly zero. Format: "LZ4 Block Format Description", lz4 1.9.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tandem/core/result.h"

namespace tandem {

/// How matches are found; the format, and so the decoder, is one.
enum class Lz4Parser {
    standard, ///< one pass, the first match that is found
    optimal,  ///< the cheapest of all ways to write the bytes (lz4's highest level)
};

/// The block that decodes to `bytes`. Same bytes, same block.
std::vector<std::uint8_t> lz4_encode(std::span<const std::uint8_t> bytes, Lz4Parser parser);

/// Of how many sequences a block is: runs of literals with the match that follows. Decoding takes time by the
/// sequence more than by the byte. `block` is one of lz4_encode.
std::size_t lz4_sequences(std::span<const std::uint8_t> block);

/// The same bytes in at most `most` sequences, at least 1: matches become literals, first those that save
/// least. `block` is one of lz4_encode for `bytes`.
std::vector<std::uint8_t> lz4_limit_sequences(std::span<const std::uint8_t> block,
                                              std::span<const std::uint8_t> bytes, std::size_t most);

/// The bytes of a block. Errors: a block that is damaged, or that holds more or fewer than `size` bytes.
[[nodiscard]] Result<std::vector<std::uint8_t>> lz4_decode(std::span<const std::uint8_t> block,
                                                           std::size_t size);

} // namespace tandem
