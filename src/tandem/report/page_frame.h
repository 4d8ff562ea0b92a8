// What every page begins with. Inside the report room only.
#pragma once

#include <string>
#include <string_view>

namespace tandem {

/// Head and opening of a page that may load nothing but what `policy` adds.
std::string emit_page_head(std::string_view policy, const std::string& title);

} // namespace tandem
