// One dimension of a schedule cut into pieces, and sums over them: equations (1) to (4) of
// docs/spatial-model.md.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "tandem/machine/spatial/schedule.h"

namespace tandem::spatial {

/// How many blocks of loops stand outside: 0 is the whole layer, `blocks` is one pass of the array and
/// `blocks + 1` one operation of an element.
inline constexpr std::size_t kDepths = kMostBlocks + 2;

/// Pieces of a dimension of equal length: a cut of a cut leaves few different ones.
struct Pieces {
    std::int64_t length = 1;
    std::int64_t count = 1;
};

/// Every piece cut into pieces of `size` and what is left.
std::vector<Pieces> cut(const std::vector<Pieces>& pieces, std::int64_t size);

/// The pieces at each depth up to the last tile.
std::vector<std::vector<Pieces>> pieces_of(const Split& split, std::size_t blocks);

/// Where the innermost tile begins that holds a position.
std::int64_t tile_begin(const Split& split, std::size_t blocks, std::int64_t position);

/// By position: the number of its word, in the order in which words are packed. What lies in one innermost
/// tile shares words, and what lies in two does not.
std::vector<std::int64_t> number_words(const Split& split, std::size_t blocks);

/// Sums over the pieces of one dimension, equations (1) to (4), by depth where they depend on it. Into one
/// operation goes one word: copies at its depth are the words.
struct Sums {
    std::int64_t words = 0;
    std::int64_t steps = 0;
    std::array<std::int64_t, kDepths> visits{};
    std::array<std::int64_t, kDepths> copies{};
};
Sums sums_of(const Split& split, std::size_t blocks);

} // namespace tandem::spatial
