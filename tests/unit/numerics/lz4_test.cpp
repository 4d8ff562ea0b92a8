#include "tandem/numerics/lz4.h"

#include <gtest/gtest.h>

#include "tandem/core/random.h"

namespace tandem {
namespace {

/// Bytes of which so many of a hundred are not zero.
std::vector<std::uint8_t> sparse_bytes(std::size_t count, std::uint64_t percent) {
    Random random(5);
    std::vector<std::uint8_t> bytes(count);
    for (std::uint8_t& byte : bytes) {
        if (random.below(100) < percent) byte = static_cast<std::uint8_t>(1 + random.below(255));
    }
    return bytes;
}

TEST(Lz4, WritesTheBlockOfTheFormat) {
    // 20 zeros: a literal, a match of 14 at distance 1 (token 1 | 14 - 4), and the last 5 bytes as literals,
    // as the format wants them.
    const std::vector<std::uint8_t> block{0x1A, 0, 1, 0, 0x50, 0, 0, 0, 0, 0};
    const std::vector<std::uint8_t> zeros(20);
    EXPECT_EQ(lz4_encode(zeros, Lz4Parser::optimal), block);
    EXPECT_EQ(lz4_decode(block, 20).value(), zeros);
}

TEST(Lz4, GivesBackWhatItTook) {
    for (const std::uint64_t percent : {0U, 3U, 30U, 100U}) {
        for (const std::size_t count : {1U, 13U, 500U, 70'000U}) {
            const std::vector<std::uint8_t> bytes = sparse_bytes(count, percent);
            for (const Lz4Parser parser : {Lz4Parser::standard, Lz4Parser::optimal}) {
                EXPECT_EQ(lz4_decode(lz4_encode(bytes, parser), count).value(), bytes);
            }
        }
    }
}

TEST(Lz4, ParsesSparseBytesBetterInTheOptimalWay) {
    const std::vector<std::uint8_t> bytes = sparse_bytes(20'000, 5);
    const std::size_t standard = lz4_encode(bytes, Lz4Parser::standard).size();
    const std::size_t optimal = lz4_encode(bytes, Lz4Parser::optimal).size();
    EXPECT_LT(optimal, standard * 9 / 10);
    EXPECT_LT(standard, bytes.size() / 2);
}

TEST(Lz4, RefusesDamagedBlocks) {
    const std::vector<std::uint8_t> bytes = sparse_bytes(300, 10);
    std::vector<std::uint8_t> block = lz4_encode(bytes, Lz4Parser::optimal);
    EXPECT_EQ(lz4_decode(block, 299).error().kind, ErrorKind::bad_input);
    EXPECT_EQ(lz4_decode(block, 301).error().kind, ErrorKind::bad_input);
    block.resize(block.size() - 3);
    EXPECT_EQ(lz4_decode(block, 300).error().kind, ErrorKind::bad_input);
    EXPECT_EQ(lz4_decode({}, 1).error().kind, ErrorKind::bad_input);
}

} // namespace
} // namespace tandem
