// A run document as codesign/ makes them (docs/report-data.md), out of a formula: plausible in shape, no
// measurement of anything.
#pragma once

#include <cstdint>

#include "tandem/core/document.h"

namespace tandem {

/// At least 20 designs. The same arguments give the same document.
Document synthetic_run(std::int64_t designs);

/// Every text of it that may come from a user's file would be markup, were it not shown as text.
Document hostile_run(std::int64_t designs);

/// A member of a map, to be changed; it must be there.
Document& member(Document& map, std::string_view key);
/// Removes a member, if it is there.
void remove_member(Document& map, std::string_view key);

} // namespace tandem
