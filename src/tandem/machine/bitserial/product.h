// A layer as a matrix product, left (m x k) by right (k x n), and what it costs in closed form; one
// header without a machine interface, because the hardware search asks it millions of times.
// docs/bitserial-model.md derives each formula.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "tandem/core/units.h"
#include "tandem/machine/bitserial/description.h"
#include "tandem/workload/workload.h"

namespace tandem::bitserial {

/// Which operand of the layer stands left.
enum class Left { weights, inputs };
inline constexpr std::array<Left, 2> kBothSides{Left::weights, Left::inputs};

/// One group's product. The layer is `groups` of them.
struct Product {
    std::int64_t m = 1;
    std::int64_t k = 1;
    std::int64_t n = 1;
    std::int64_t left_bits = 1;
    std::int64_t right_bits = 1;

    bool operator==(const Product&) const = default;
};

/// Output pixels, output channels, and the filter's window of input channels.
Product product_of(const LayerWork& work, Left left);

/// A product cut to the array, every dimension rounded up.
struct Tiles {
    std::int64_t rows = 1;    ///< Tm: tiles along m
    std::int64_t columns = 1; ///< Tn: tiles along n
    std::int64_t depth = 1;   ///< Tk: words along k
};

constexpr Tiles tiles_of(const Product& product, const Array& array) {
    return {divide_up(product.m, array.rows), divide_up(product.n, array.columns),
            divide_up(product.k, array.dot_product_bits)};
}

/// Cycles that one tile takes: each pair of bit planes runs through all words, with a bubble after
/// each and after the tile, and three cycles of waiting, sending and receiving a token.
constexpr std::int64_t tile_cycles(const Product& product, const Array& array, std::int64_t depth) {
    const std::int64_t pairs = product.left_bits * product.right_bits;
    const std::int64_t bubbles = array.bubble_cycles == 0 ? 0 : array.bubble_cycles * (pairs + 1);
    return pairs * depth + bubbles + 3;
}

/// Two cycles wait for the token of a new column of tiles.
inline constexpr std::int64_t kColumnCycles = 2;

constexpr std::int64_t compute_cycles(const Product& product, const Array& array) {
    const Tiles tiles = tiles_of(product, array);
    return tiles.rows * tiles.columns * tile_cycles(product, array, tiles.depth) +
           kColumnCycles * tiles.columns;
}

/// Bits across the DRAM port: the right operand once, the left one again for every column of tiles,
/// results of 32 bits; all of them padded to whole tiles.
struct DramBits {
    std::int64_t left = 0;
    std::int64_t right = 0;
    std::int64_t results = 0;

    constexpr std::int64_t total() const { return left + right + results; }
};

inline constexpr std::int64_t kResultBits = 32;

constexpr DramBits dram_bits(const Product& product, const Array& array) {
    const Tiles tiles = tiles_of(product, array);
    const std::int64_t m = tiles.rows * array.rows;
    const std::int64_t n = tiles.columns * array.columns;
    const std::int64_t k = tiles.depth * array.dot_product_bits;
    return {tiles.columns * m * k * product.left_bits, n * k * product.right_bits, m * n * kResultBits};
}

/// A stripe is what one row of tiles needs of an operand at once; four are in flight, and the run-time
/// library moves each in one piece.
inline constexpr std::int64_t kStripesInFlight = 4;
inline constexpr std::int64_t kMostStripeBytes = 32'768;

constexpr std::int64_t left_stripe_bytes(const Product& product, const Array& array) {
    return array.rows * tiles_of(product, array).depth * array.dot_product_bits * product.left_bits / 8;
}
constexpr std::int64_t right_stripe_bytes(const Product& product, const Array& array) {
    return array.columns * tiles_of(product, array).depth * array.dot_product_bits * product.right_bits / 8;
}

/// Why the buffers or the array do not take the product, if so.
std::optional<Infeasible> find_misfit(const Product& product, const Description& machine);

} // namespace tandem::bitserial
