// How deep the stack of an image can grow, from the frames and calls that the compiler reports.
#pragma once

#include <span>
#include <string>

#include "tandem/core/result.h"
#include "tandem/core/units.h"
#include "tandem/machine/microcontroller/board.h"

namespace tandem {

/// The deepest chain of calls from `entry`, in bytes of their frames. `call_graphs` are the texts that GCC
/// writes for -fcallgraph-info=su, one a source. A function that none of them describes belongs to the
/// compiler's libraries and counts as `library` says. Errors: an unknown entry, recursion, a frame whose size
/// is decided at run time.
[[nodiscard]] Result<Bytes> deepest_calls(std::span<const std::string> call_graphs, const std::string& entry,
                                          const LibraryStack& library);

} // namespace tandem
