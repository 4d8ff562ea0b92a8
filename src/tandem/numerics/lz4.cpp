#include "tandem/numerics/lz4.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <limits>

#include <fmt/format.h>
#include <lz4.h>
#include <lz4hc.h>

#include "tandem/core/check.h"

namespace tandem {

namespace {

constexpr std::size_t kLeastMatch = 4;
constexpr std::size_t kLongNibble = 15; ///< a length whose rest follows in bytes

/// Bytes that repeat others.
struct Match {
    std::size_t position = 0; ///< in the decoded bytes
    std::size_t length = 0;
    std::uint8_t distance[2] = {}; ///< as the block writes it
};

std::size_t read_length(std::span<const std::uint8_t> block, std::size_t& place, std::size_t nibble) {
    std::size_t length = nibble;
    if (nibble < kLongNibble) return length;
    std::uint8_t byte = 0;
    do {
        byte = block[place++];
        length += byte;
    } while (byte == std::numeric_limits<std::uint8_t>::max());
    return length;
}

void write_length(std::vector<std::uint8_t>& block, std::size_t length) {
    if (length < kLongNibble) return;
    constexpr std::size_t kMostOfAByte = std::numeric_limits<std::uint8_t>::max();
    for (length -= kLongNibble; length >= kMostOfAByte; length -= kMostOfAByte) {
        block.push_back(static_cast<std::uint8_t>(kMostOfAByte));
    }
    block.push_back(static_cast<std::uint8_t>(length));
}

std::vector<Match> matches_of(std::span<const std::uint8_t> block) {
    std::vector<Match> matches;
    std::size_t position = 0;
    for (std::size_t place = 0; place < block.size();) {
        const std::size_t token = block[place++];
        const std::size_t literals = read_length(block, place, token >> 4U);
        place += literals;
        position += literals;
        if (place == block.size()) break; // the last sequence has literals alone
        Match match{.position = position, .distance = {block[place], block[place + 1]}};
        place += 2;
        match.length = kLeastMatch + read_length(block, place, token & 15U);
        position += match.length;
        matches.push_back(match);
    }
    return matches;
}

/// A token, the literals, and the match behind them, if there is one.
void write_sequence(std::vector<std::uint8_t>& block, std::span<const std::uint8_t> literals,
                    const Match* match) {
    const std::size_t rest = match == nullptr ? 0 : match->length - kLeastMatch;
    const std::size_t token = std::min(literals.size(), kLongNibble) << 4U | std::min(rest, kLongNibble);
    block.push_back(static_cast<std::uint8_t>(token));
    write_length(block, literals.size());
    block.insert(block.end(), literals.begin(), literals.end());
    if (match == nullptr) return;
    block.insert(block.end(), std::begin(match->distance), std::end(match->distance));
    write_length(block, rest);
}

} // namespace

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

std::size_t lz4_sequences(std::span<const std::uint8_t> block) { return matches_of(block).size() + 1; }

std::vector<std::uint8_t> lz4_limit_sequences(std::span<const std::uint8_t> block,
                                              std::span<const std::uint8_t> bytes, std::size_t most) {
    std::vector<Match> matches = matches_of(block);
    const std::size_t kept = std::min(matches.size(), most - 1);
    std::ranges::stable_sort(matches, std::greater<>(), &Match::length);
    matches.resize(kept);
    std::ranges::sort(matches, {}, &Match::position);
    std::vector<std::uint8_t> limited;
    std::size_t written = 0;
    for (const Match& match : matches) {
        write_sequence(limited, bytes.subspan(written, match.position - written), &match);
        written = match.position + match.length;
    }
    write_sequence(limited, bytes.subspan(written), nullptr);
    return limited;
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
