// The version of Tandem, as CMake's project() states it.
#pragma once

#include <string_view>

namespace tandem {

extern const std::string_view kVersion;

} // namespace tandem
