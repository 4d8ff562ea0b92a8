// A run's front as a table for a terminal.
#pragma once

#include <cstddef>
#include <string>

#include "tandem/core/document.h"

namespace tandem {

/// One row a design of the front, best first objective first: its objectives, energy and latency
/// as shares of the reference, weight storage, and weight/activation widths layer by layer. The
/// chosen design is marked; without a reference there are no shares. With more designs than `limit` only some
/// are shown, evenly spread, ends and choice among them. `front` is the document of front.json.
std::string format_front(const Document& front, std::size_t limit);

/// The whole front with every number exact and in its unit: comma-separated with CRLF ends (RFC 4180), and
/// as a table of Markdown. The reference and the uniform precisions follow the front.
std::string format_front_csv(const Document& front);
std::string format_front_markdown(const Document& front);

/// The front in the plane of its first maximised and its first minimised objective (or its first two), with
/// the chosen design marked; empty when there is nothing to draw.
std::string format_front_plot(const Document& front);

/// The last lines of a run: reference and chosen design side by side, and what became of what.
std::string format_outcome(const Document& front);

} // namespace tandem
