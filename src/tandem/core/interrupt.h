// Ctrl-C as a flag: long work looks at it between steps, makes its results safe and ends with
// ErrorKind::interrupted.
#pragma once

#include <atomic>

namespace tandem {

/// True once SIGINT has arrived after install_interrupt_handler(). Hand its address to what works
/// long; a plug-in library has its own copy of this room and would look at the wrong flag.
const std::atomic<bool>& interrupt_flag();

/// From now on the first SIGINT sets the flag; a second one ends the process at once, as it would
/// have without us.
void install_interrupt_handler();

} // namespace tandem
