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

TEST(Lz4, KeepsTheMatchesThatSaveMost) {
    // Ten zeros, three others, six zeros, thirteen others: a match of nine and one of six. With one sequence
    // fewer the six zeros are literals; with one in all everything is.
    std::vector<std::uint8_t> bytes(32);
    for (std::size_t i = 10; i < 32; ++i)
        bytes[i] = static_cast<std::uint8_t>(i < 13 || i >= 19 ? 100 + i : 0);
    const std::vector<std::uint8_t> block = lz4_encode(bytes, Lz4Parser::optimal);
    ASSERT_EQ(lz4_sequences(block), 3U);
    EXPECT_EQ(lz4_limit_sequences(block, bytes, 3), block);
    const std::vector<std::uint8_t> two = lz4_limit_sequences(block, bytes, 2);
    // A literal and a match of 4 + 5 one byte back; 15 + 7 literals.
    std::vector<std::uint8_t> expected{0x15, 0, 1, 0, 0xF0, 7};
    expected.insert(expected.end(), bytes.begin() + 10, bytes.end());
    EXPECT_EQ(two, expected);
    const std::vector<std::uint8_t> one = lz4_limit_sequences(block, bytes, 1);
    EXPECT_EQ(one.size(), 2 + bytes.size()); // a token and 15 + 17
    for (const auto& each : {two, one}) EXPECT_EQ(lz4_decode(each, bytes.size()).value(), bytes);
}

TEST(Lz4, HoldsTheSameBytesInFewerSequences) {
    for (const std::uint64_t percent : {0U, 3U, 30U, 50U, 100U}) {
        for (const std::size_t count : {1U, 13U, 500U, 70'000U}) {
            const std::vector<std::uint8_t> bytes = sparse_bytes(count, percent);
            const std::vector<std::uint8_t> block = lz4_encode(bytes, Lz4Parser::optimal);
            for (const std::size_t most : {std::size_t{1}, 1 + count / 40, 1 + count}) {
                const std::vector<std::uint8_t> limited = lz4_limit_sequences(block, bytes, most);
                EXPECT_LE(lz4_sequences(limited), most);
                EXPECT_EQ(lz4_decode(limited, count).value(), bytes);
            }
            EXPECT_EQ(lz4_limit_sequences(block, bytes, 1 + count), block);
        }
    }
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
