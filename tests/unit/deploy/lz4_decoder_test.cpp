// The decoder of the generated C, compiled as it is.
#include <vector>

#include <gtest/gtest.h>

#include "tandem/core/random.h"
#include "tandem/numerics/lz4.h"

#define TANDEM_C_SOURCE "tandem/deploy/c/runtime/lz4.c"
#include "c_source.h"

namespace tandem {
namespace {

/// Mostly zeros, in runs short and long.
std::vector<std::uint8_t> bytes_of(Random& random) {
    std::vector<std::uint8_t> bytes(1 + random.below(3'000));
    const std::uint64_t kept = 1 + random.below(100);
    for (std::uint8_t& byte : bytes) {
        if (random.below(100) < kept) byte = static_cast<std::uint8_t>(random.below(256));
    }
    return bytes;
}

std::int32_t decode(const std::vector<std::uint8_t>& block, std::vector<std::uint8_t>& to) {
    return tandem_decode_lz4(block.data(), static_cast<std::int32_t>(block.size()), to.data(),
                             static_cast<std::int32_t>(to.size()));
}

TEST(Lz4Decoder, GivesBackWhatWasEncoded) {
    Random random(1);
    for (int trial = 0; trial < 300; ++trial) {
        const std::vector<std::uint8_t> bytes = bytes_of(random);
        for (const Lz4Parser parser : {Lz4Parser::standard, Lz4Parser::optimal}) {
            std::vector<std::uint8_t> decoded(bytes.size());
            ASSERT_EQ(decode(lz4_encode(bytes, parser), decoded), std::ssize(bytes)) << trial;
            ASSERT_EQ(decoded, bytes) << trial;
        }
    }
}

TEST(Lz4Decoder, StaysInsideBothBuffersWhateverTheBlockSays) {
    // The sanitizers see what leaves a buffer; without them, that the answer is never beyond the capacity.
    Random random(2);
    int refused = 0;
    for (int trial = 0; trial < 5'000; ++trial) {
        const std::vector<std::uint8_t> bytes = bytes_of(random);
        std::vector<std::uint8_t> block = lz4_encode(bytes, Lz4Parser::optimal);
        for (std::uint64_t damage = random.below(4); damage > 0; --damage) {
            block[random.below(block.size())] = static_cast<std::uint8_t>(random.below(256));
        }
        block.resize(1 + random.below(block.size()));
        std::vector<std::uint8_t> decoded(1 + random.below(bytes.size()));
        const std::int32_t written = decode(block, decoded);
        ASSERT_LE(written, std::ssize(decoded)) << trial;
        refused += written < 0 ? 1 : 0;
    }
    EXPECT_GT(refused, 1'000);
    EXPECT_LT(refused, 5'000);
}

} // namespace
} // namespace tandem
