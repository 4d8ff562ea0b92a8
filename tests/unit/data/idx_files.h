// IDX files made in memory for the tests of this room.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::testing {

/// Big-endian extents and type, as the format's page describes it.
std::string idx_bytes(const std::vector<std::uint32_t>& extents, std::string_view values,
                      char element_type = '\x08');

/// A gzip stream that holds `bytes`.
std::string gzip(std::string_view bytes);

} // namespace tandem::testing
