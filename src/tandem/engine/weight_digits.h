// Weights as sums of balanced digits, for kernels that multiply narrower integers than the weights are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tandem/engine/integer_program.h"

namespace tandem {

/// Digits w_q in [-2^(bits-1), 2^(bits-1)) with w = sum w_q * 2^(bits q), lowest first: at least one set.
/// `bits` from 2 to 8.
std::vector<std::vector<std::int8_t>> cut_into_digits(std::span<const std::int16_t> weights, int bits);

/// The largest magnitude of a channel's sum of digits times operands, for any operands of that range.
std::int64_t largest_digit_sum(std::span<const std::int8_t> digits, std::size_t channels,
                               const Clamp& operands);

} // namespace tandem
