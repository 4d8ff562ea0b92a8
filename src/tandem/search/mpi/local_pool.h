// A few threads that evaluate tasks while another thread talks to the other processes. A thread whose
// evaluation hangs cannot be ended; it is left behind, and the pool says that it is. Inside the search
// room only.
#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "tandem/search/mpi/messages.h"

namespace tandem {

class LocalPool {
  public:
    LocalPool(EvaluateGenome evaluate, std::int64_t slots);
    LocalPool(const LocalPool&) = delete;
    LocalPool& operator=(const LocalPool&) = delete;
    /// Drops what waits. Threads at work are left to themselves: the pool must outlive their use of what
    /// the evaluation refers to only when none hangs, so wait for is_idle() before that.
    ~LocalPool();

    void add(TaskMessage task);
    /// A finished task, if there is one.
    std::optional<AnswerMessage> take_answer();
    /// Waits until an answer is there or the time is over.
    void wait_for_answer(std::chrono::microseconds longest);
    bool is_idle() const;
    /// How long the longest evaluation in progress has taken; 0: none is.
    double longest_seconds() const;

  private:
    struct State;
    std::shared_ptr<State> state_; // shared with the threads, which may outlive the pool
};

} // namespace tandem
