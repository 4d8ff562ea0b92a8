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

/// The bytes of a block. Errors: a block that is damaged, or that holds more or fewer than `size` bytes.
[[nodiscard]] Result<std::vector<std::uint8_t>> lz4_decode(std::span<const std::uint8_t> block,
                                                           std::size_t size);

} // namespace tandem
