#include "tandem/core/interrupt.h"

#include <csignal>

namespace tandem {

namespace {

// The one mutable global of the project: a signal handler can reach nothing else.
std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may only touch lock-free atomics");

extern "C" void note_interrupt(int /*signal*/) { interrupted.store(true); }

} // namespace

const std::atomic<bool>& interrupt_flag() { return interrupted; }

void install_interrupt_handler() {
    struct sigaction action = {};
    action.sa_handler = note_interrupt;
    // Reset: the second SIGINT finds the default. Restart: reads and writes under way go on.
    action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
    sigaction(SIGINT, &action, nullptr);
}

} // namespace tandem
