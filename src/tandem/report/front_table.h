// A run's front as a table for a terminal.
#pragma once

#include <cstddef>
#include <string>

#include "tandem/core/document.h"

namespace tandem {

/// One row a design of the front, best first objective first: its objectives, energy and latency
/// as shares of the reference, weight storage, and weight/activation widths layer by layer. The
/// chosen design is marked. With more designs than `limit` only some are shown, evenly spread,
/// ends and choice among them. `front` is the document of front.json.
std::string format_front(const Document& front, std::size_t limit);

/// The last lines of a run: reference and chosen design side by side, and what became of what.
std::string format_outcome(const Document& front);

} // namespace tandem
