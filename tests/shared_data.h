// Where data and pretrained networks lie that are too large for the project: TANDEM_SHARED_DATA, or beside
// the checkout. Tests that need them skip, and say so, where they are absent.
#pragma once

#include <cstdlib>
#include <filesystem>

namespace tandem {

inline std::filesystem::path shared_data() {
    const char* const variable = std::getenv("TANDEM_SHARED_DATA");
    return variable != nullptr ? std::filesystem::path(variable)
                               : std::filesystem::path(TANDEM_SOURCE_DIR).parent_path() / "shared" / "data";
}

} // namespace tandem
