// Multiplies the products of products.txt on the array, as Verilator compiled it, and compares every
// result and the cycles. Each product runs with every token there at once, when the cycles must be the
// model's; every fourth one again with tokens that come late, when the results must still be right.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "Vbitserial_array.h"
#include "geometry.h"

namespace {

struct Product {
    long left_bits = 0, right_bits = 0, left_signed = 0, right_signed = 0, m = 0, k = 0, n = 0, cycles = 0;
    std::vector<std::uint8_t> left, right;
    std::vector<std::uint32_t> results;
};

long divide_up(long dividend, long divisor) { return (dividend + divisor - 1) / divisor; }

template <class Number> std::vector<Number> parse(const std::string& line, std::size_t digits) {
    std::vector<Number> numbers;
    for (std::size_t at = 0; at + digits <= line.size(); at += digits) {
        numbers.push_back(static_cast<Number>(std::stoul(line.substr(at, digits), nullptr, 16)));
    }
    return numbers;
}

std::vector<Product> read_products(const char* path) {
    std::ifstream file(path);
    std::vector<Product> products;
    Product product;
    std::string line;
    while (file >> product.left_bits >> product.right_bits >> product.left_signed >> product.right_signed >>
           product.m >> product.k >> product.n >> product.cycles) {
        std::getline(file, line);
        std::getline(file, line);
        product.left = parse<std::uint8_t>(line, 2);
        std::getline(file, line);
        product.right = parse<std::uint8_t>(line, 2);
        std::getline(file, line);
        product.results = parse<std::uint32_t>(line, 8);
        products.push_back(product);
    }
    return products;
}

enum class Side { left, right };

class Bench {
  public:
    Bench() {
        array_.reset = 1;
        array_.start = 0;
        tick();
        array_.reset = 0;
    }

    /// Cycles while busy; every tile's results into `results` (m, n).
    long multiply(const Product& product, bool has_late_tokens, std::vector<std::uint32_t>& results) {
        const long words = divide_up(product.k, 32 * kLanes);
        const long rows = divide_up(product.m, kRows);
        const long columns = divide_up(product.n, kColumns);
        load(Side::left, product.left, product.m, product.k, product.left_bits, kRows, words);
        load(Side::right, product.right, product.n, product.k, product.right_bits, kColumns, words);
        array_.tile_rows = static_cast<std::uint16_t>(rows);
        array_.tile_columns = static_cast<std::uint16_t>(columns);
        array_.words = words;
        array_.left_bits = static_cast<std::uint8_t>(product.left_bits);
        array_.right_bits = static_cast<std::uint8_t>(product.right_bits);
        array_.left_signed = product.left_signed != 0;
        array_.right_signed = product.right_signed != 0;
        array_.left_slots = static_cast<std::uint8_t>(rows);
        array_.right_slots = static_cast<std::uint8_t>(columns);
        array_.left_top = (product.left_bits - 1) * words;
        array_.right_top = (product.right_bits - 1) * words;

        results.assign(static_cast<std::size_t>(product.m * product.n), 0xdeadbeef);
        array_.start = 1;
        set_tokens(has_late_tokens);
        tick();
        array_.start = 0;
        long cycles = 0;
        long tile = 0;
        const long limit = 100 * product.cycles + 1000;
        for (long cycle = 0; (array_.busy || tile < rows * columns) && cycle < limit; ++cycle) {
            if (array_.busy) ++cycles;
            set_tokens(has_late_tokens);
            tick();
            if (!array_.results_valid) continue;
            store(product, tile % rows, tile / rows, results);
            ++tile;
        }
        return cycles;
    }

  private:
    void tick() {
        array_.clock = 0;
        array_.eval();
        array_.clock = 1;
        array_.eval();
    }

    bool come_late() {
        state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
        return (state_ >> 60) == 0;
    }
    void set_tokens(bool are_late) {
        array_.left_token = !are_late || come_late();
        array_.right_token = !are_late || come_late();
        array_.result_token = !are_late || come_late();
    }

    /// Every tile of an operand into its buffer, plane by plane.
    void load(Side side, const std::vector<std::uint8_t>& values, long extent, long k, long bits, long units,
              long words) {
        array_.write_left = side == Side::left;
        array_.write_right = side == Side::right;
        for (long at = 0; at < divide_up(extent, units) * units; ++at) {
            for (long plane = 0; plane < bits; ++plane) {
                for (long lane = 0; lane < kLanes * words; ++lane) {
                    std::uint32_t data = 0;
                    for (long bit = 0; bit < 32; ++bit) {
                        const long column = lane * 32 + bit;
                        if (at >= extent || column >= k) continue;
                        const std::uint32_t value = values[static_cast<std::size_t>(at * k + column)];
                        data |= (value >> plane & 1U) << bit;
                    }
                    array_.write_unit = static_cast<std::uint8_t>(at % units);
                    array_.write_lane = static_cast<std::uint8_t>(lane % kLanes);
                    array_.write_address = (at / units * bits + plane) * words + lane / kLanes;
                    array_.write_data = data;
                    tick();
                }
            }
        }
        array_.write_left = 0;
        array_.write_right = 0;
    }

    void store(const Product& product, long tile_row, long tile_column, std::vector<std::uint32_t>& results) {
        std::uint32_t words[kRows * kColumns];
        std::memcpy(words, &array_.results, sizeof words);
        for (long row = 0; row < kRows; ++row) {
            for (long column = 0; column < kColumns; ++column) {
                const long i = tile_row * kRows + row;
                const long j = tile_column * kColumns + column;
                if (i < product.m && j < product.n) {
                    results[static_cast<std::size_t>(i * product.n + j)] = words[row * kColumns + column];
                }
            }
        }
    }

    Vbitserial_array array_;
    std::uint64_t state_ = 1;
};

} // namespace

int main(int argc, char** argv) {
    const std::vector<Product> products = read_products(argc > 1 ? argv[1] : "products.txt");
    Bench bench;
    long wrong = 0, results_compared = 0, cycles_differ = 0, cycles_in_all = 0;
    for (std::size_t p = 0; p < products.size(); ++p) {
        const Product& product = products[p];
        for (const bool has_late_tokens : {false, true}) {
            if (has_late_tokens && p % 4 != 0) continue;
            std::vector<std::uint32_t> results;
            const long cycles = bench.multiply(product, has_late_tokens, results);
            for (std::size_t i = 0; i < results.size(); ++i) wrong += results[i] != product.results[i];
            results_compared += static_cast<long>(results.size());
            if (has_late_tokens) {
                cycles_differ += cycles < product.cycles;
            } else {
                cycles_differ += cycles != product.cycles;
                cycles_in_all += cycles;
            }
        }
    }
    std::printf(
        "%zu products, %ld results compared, %ld differ; %ld cycles, %ld products differ from the model\n",
        products.size(), results_compared, wrong, cycles_in_all, cycles_differ);
    return products.empty() || wrong != 0 || cycles_differ != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
