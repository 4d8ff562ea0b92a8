#include "tandem/core/hash.h"

#include <vector>

#include <gtest/gtest.h>

namespace tandem {
namespace {

template <class... Values> ContentHash hash_of(const Values&... values) {
    Hasher hasher;
    (hasher.add(values), ...);
    return hasher.finish();
}

TEST(Hash, IsXxh3OfTheBytes) {
    // The published XXH3 128-bit hash of no bytes.
    EXPECT_EQ(to_string(Hasher().finish()), "99aa06d3014798d86001c324468d497f");
}

TEST(Hash, TellsValuesAndTheirOrderApart) {
    EXPECT_EQ(hash_of(1, 2), hash_of(1, 2));
    EXPECT_NE(hash_of(1, 2), hash_of(2, 1));
    EXPECT_NE(hash_of(1.0), hash_of(1.5));
    EXPECT_NE(hash_of(hash_of(1)), hash_of(hash_of(2)));
}

TEST(Hash, KeepsNeighboursFromTradingBytes) {
    EXPECT_NE(hash_of(std::string_view("ab"), std::string_view("c")),
              hash_of(std::string_view("a"), std::string_view("bc")));
    const std::vector<int> numbers = {1, 2, 3};
    const std::span<const int> all(numbers);
    EXPECT_NE(hash_of(all.first(1), all.subspan(1)), hash_of(all.first(2), all.subspan(2)));
    EXPECT_NE(hash_of(std::string_view("")), Hasher().finish());
}

TEST(Hash, CanBeReadWhileItGrows) {
    Hasher hasher;
    hasher.add(1);
    const ContentHash first = hasher.finish();
    EXPECT_EQ(hasher.finish(), first);
    hasher.add(2);
    EXPECT_EQ(hasher.finish(), hash_of(1, 2));
}

TEST(Hash, PrintsThirtyTwoDigits) {
    EXPECT_EQ(to_string(ContentHash{.high = 0xab, .low = 1}), "00000000000000ab0000000000000001");
}

} // namespace
} // namespace tandem
