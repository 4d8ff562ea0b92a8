// Products to try an array with: operands, what comes out, and how many cycles the model says.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tandem/machine/bitserial/description.h"
#include "tandem/machine/bitserial/product.h"

namespace tandem {

/// One product with its operands: left (m, k), right (n, k), results (m, n).
struct TrialProduct {
    bitserial::Product shape;
    bool is_left_signed = false;
    bool is_right_signed = false;
    std::vector<std::int32_t> left;
    std::vector<std::int32_t> right;
    std::vector<std::int32_t> results; ///< exact
    std::int64_t cycles = 0;           ///< bitserial::compute_cycles()
};

/// Each pair of widths up to the array's, signed and unsigned on each side, over shapes that fill tiles
/// and that do not; operands random, in some products the largest there are. Widths whose planes do not
/// fit the buffers are left out. A function of the machine and the seed alone.
std::vector<TrialProduct> make_trial_products(const bitserial::Description& machine, std::uint64_t seed);

/// The form in which the test bench reads them: a line of left and right bits, both signs (1: signed), m,
/// k, n and cycles; then left and right as hexadecimal bytes, row by row, and the results as words.
std::string to_text(const std::vector<TrialProduct>& products);

} // namespace tandem
