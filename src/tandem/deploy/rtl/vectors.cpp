#include "tandem/deploy/rtl/vectors.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "tandem/core/random.h"

namespace tandem {

namespace {

using bitserial::Product;

/// One to three tiles of a side, as many as lie in its buffer at once; 0 when not even one does.
std::int64_t draw_tiles(std::int64_t depth, std::int64_t words, std::int64_t bits, Random& random) {
    return std::min(1 + static_cast<std::int64_t>(random.below(3)), depth / (words * bits));
}

/// Whole tiles, or one row (column, bit) short of them.
std::int64_t extent(std::int64_t tiles, std::int64_t step, Random& random) {
    return tiles * step - (step > 1 && random.below(2) == 0 ? 1 : 0);
}

std::vector<std::int32_t> operand(std::int64_t count, std::int64_t bits, bool is_signed, Random& random) {
    const auto values = std::int64_t{1} << bits;
    const std::int64_t lowest = is_signed ? -values / 2 : 0;
    const std::uint64_t kind = random.below(4); // 0: the lowest everywhere, 1: the highest
    std::vector<std::int32_t> numbers;
    for (std::int64_t i = 0; i < count; ++i) {
        const auto drawn = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(values)));
        const std::int64_t offset = kind == 0 ? 0 : kind == 1 ? values - 1 : drawn;
        numbers.push_back(static_cast<std::int32_t>(lowest + offset));
    }
    return numbers;
}

std::vector<std::int32_t> multiply(const Product& shape, const std::vector<std::int32_t>& left,
                                   const std::vector<std::int32_t>& right) {
    std::vector<std::int32_t> results;
    for (std::int64_t row = 0; row < shape.m; ++row) {
        for (std::int64_t column = 0; column < shape.n; ++column) {
            std::int32_t sum = 0; // 8 x 8 bits over any k that fits the buffers stay below 2^31
            for (std::int64_t i = 0; i < shape.k; ++i) {
                sum += left[static_cast<std::size_t>(row * shape.k + i)] *
                       right[static_cast<std::size_t>(column * shape.k + i)];
            }
            results.push_back(sum);
        }
    }
    return results;
}

} // namespace

std::vector<TrialProduct> make_trial_products(const bitserial::Description& machine, std::uint64_t seed) {
    const bitserial::Array& array = machine.array;
    std::vector<TrialProduct> products;
    for (std::int64_t left_bits = 1; left_bits <= array.maximum_bits; ++left_bits) {
        for (std::int64_t right_bits = 1; right_bits <= array.maximum_bits; ++right_bits) {
            for (std::uint64_t signs = 0; signs < 4; ++signs) {
                Random random = Random(seed).fork(fmt::format("{}x{}", left_bits, right_bits), signs);
                const std::int64_t depth = std::min(machine.buffers.left_words, machine.buffers.right_words);
                const std::int64_t words = std::min<std::int64_t>(
                    1 + static_cast<std::int64_t>(random.below(3)),
                    std::max<std::int64_t>(1, depth / std::max(left_bits, right_bits)));
                const std::int64_t rows = draw_tiles(machine.buffers.left_words, words, left_bits, random);
                const std::int64_t columns =
                    draw_tiles(machine.buffers.right_words, words, right_bits, random);
                if (rows == 0 || columns == 0) continue;
                TrialProduct trial;
                trial.is_left_signed = (signs & 1U) != 0;
                trial.is_right_signed = (signs & 2U) != 0;
                trial.shape = {.m = extent(rows, array.rows, random),
                               .k = extent(words, array.dot_product_bits, random),
                               .n = extent(columns, array.columns, random),
                               .left_bits = left_bits,
                               .right_bits = right_bits};
                trial.left = operand(trial.shape.m * trial.shape.k, left_bits, trial.is_left_signed, random);
                trial.right =
                    operand(trial.shape.n * trial.shape.k, right_bits, trial.is_right_signed, random);
                trial.results = multiply(trial.shape, trial.left, trial.right);
                trial.cycles = bitserial::compute_cycles(trial.shape, array);
                products.push_back(std::move(trial));
            }
        }
    }
    return products;
}

std::string to_text(const std::vector<TrialProduct>& products) {
    std::string text;
    const auto append = [&](const std::vector<std::int32_t>& numbers, std::uint32_t mask, int digits) {
        for (const std::int32_t number : numbers) {
            fmt::format_to(std::back_inserter(text), "{:0{}x}", static_cast<std::uint32_t>(number) & mask,
                           digits);
        }
        text += '\n';
    };
    for (const TrialProduct& trial : products) {
        const Product& shape = trial.shape;
        fmt::format_to(std::back_inserter(text), "{} {} {} {} {} {} {} {}\n", shape.left_bits,
                       shape.right_bits, trial.is_left_signed ? 1 : 0, trial.is_right_signed ? 1 : 0, shape.m,
                       shape.k, shape.n, trial.cycles);
        append(trial.left, 0xff, 2);
        append(trial.right, 0xff, 2);
        append(trial.results, 0xffffffff, 8);
    }
    return text;
}

} // namespace tandem
