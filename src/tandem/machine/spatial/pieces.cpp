#include "tandem/machine/spatial/pieces.h"

#include <algorithm>

namespace tandem::spatial {

std::vector<Pieces> cut(const std::vector<Pieces>& pieces, std::int64_t size) {
    std::vector<Pieces> finer;
    const auto add = [&](std::int64_t length, std::int64_t count) {
        if (length == 0 || count == 0) return;
        for (Pieces& known : finer) {
            if (known.length != length) continue;
            known.count += count;
            return;
        }
        finer.push_back({length, count});
    };
    for (const Pieces& piece : pieces) {
        add(size, piece.count * (piece.length / size));
        add(piece.length % size, piece.count);
    }
    return finer;
}

std::vector<std::vector<Pieces>> pieces_of(const Split& split, std::size_t blocks) {
    std::vector<std::vector<Pieces>> by_depth{{{split.extent(), 1}}};
    for (std::size_t b = 1; b < blocks; ++b) by_depth.push_back(cut(by_depth.back(), split.tile[b]));
    return by_depth;
}

namespace {

/// Words that a piece of a depth is packed into, by the tiles inside it.
std::int64_t words_in(const Split& split, std::size_t blocks, std::size_t depth, std::int64_t length) {
    if (split.lanes == 1) return length;
    std::vector<Pieces> pieces{{length, 1}};
    for (std::size_t b = depth + 1; b < blocks; ++b) pieces = cut(pieces, split.tile[b]);
    std::int64_t words = 0;
    for (const Pieces& piece : pieces) words += piece.count * split.words(piece.length);
    return words;
}

} // namespace

std::int64_t tile_begin(const Split& split, std::size_t blocks, std::int64_t position) {
    std::int64_t begin = 0;
    for (std::size_t b = 1; b < blocks; ++b) begin += (position - begin) / split.tile[b] * split.tile[b];
    return begin;
}

std::vector<std::int64_t> number_words(const Split& split, std::size_t blocks) {
    std::vector<std::int64_t> word_of;
    std::int64_t words = 0;
    while (static_cast<std::int64_t>(word_of.size()) < split.extent()) {
        const auto begin = static_cast<std::int64_t>(word_of.size());
        std::int64_t end = split.extent();
        std::int64_t outer = 0;
        for (std::size_t b = 1; b < blocks; ++b) {
            outer += (begin - outer) / split.tile[b] * split.tile[b];
            end = std::min(end, outer + split.tile[b]);
        }
        for (std::int64_t i = 0; i < end - begin; ++i) word_of.push_back(words + i / split.lanes);
        words += split.words(end - begin);
    }
    return word_of;
}

Sums sums_of(const Split& split, std::size_t blocks) {
    Sums sums;
    const auto by_depth = pieces_of(split, blocks);
    for (std::size_t depth = 0; depth < blocks; ++depth) {
        for (const Pieces& piece : by_depth[depth]) {
            sums.visits[depth] += piece.count;
            sums.copies[depth] +=
                piece.count * std::min(split.unrolled, words_in(split, blocks, depth, piece.length));
        }
    }
    const std::int64_t step = split.words_in_pass();
    for (const Pieces& piece : by_depth.back()) {
        const std::int64_t words = split.words(piece.length);
        const std::int64_t rest = words % step;
        sums.words += piece.count * words;
        sums.steps += piece.count * (words / step * split.registers + divide_up(rest, split.unrolled));
        sums.visits[blocks] += piece.count * divide_up(words, step);
        sums.copies[blocks] += piece.count * (words / step * split.unrolled + std::min(split.unrolled, rest));
    }
    sums.visits[blocks + 1] = sums.words;
    sums.copies[blocks + 1] = sums.words;
    return sums;
}

} // namespace tandem::spatial
