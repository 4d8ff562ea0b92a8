// Parallel loops on oneTBB's work-stealing pool. Loops may nest. Results are stored by index by the
// caller, so that thread count and order never show.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

namespace tandem {

/// Runs `body(i)` for every i in [0, count), in any order, on as many threads as are allowed.
/// An exception of a body reaches the caller once all started bodies have ended.
void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body);

/// Limits the threads of all parallel loops while it lives; `threads` at least 1. With one thread,
/// loops run on the calling thread in order. The lowest limit alive counts.
class ThreadLimit {
  public:
    explicit ThreadLimit(std::size_t threads);
    ~ThreadLimit();
    ThreadLimit(const ThreadLimit&) = delete;
    ThreadLimit& operator=(const ThreadLimit&) = delete;

  private:
    struct Control;
    std::unique_ptr<Control> control_;
};

/// The number of hardware threads this process may use.
std::size_t available_threads();

} // namespace tandem
