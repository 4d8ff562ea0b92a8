// Progress for a log: a line now and then, so that who reads it sees how far long work has come.
#pragma once

#include <chrono>
#include <memory>

#include "tandem/core/progress.h"

namespace tandem {

/// Writes a line to standard error as soon as `period` has passed since the one before, or since this was
/// made: the phase, the share of it that is done, the time that it still needs, and the note.
std::unique_ptr<Progress> make_line_progress(std::chrono::milliseconds period);

} // namespace tandem
