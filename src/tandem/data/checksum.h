// Check sums that publishers of data state.
#pragma once

#include <string>
#include <string_view>

namespace tandem {

/// SHA-256 (FIPS 180-4) in 64 lower-case hexadecimal digits.
std::string sha256_of(std::string_view bytes);

} // namespace tandem
