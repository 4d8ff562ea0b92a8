#include "tandem/search/mpi/local_pool.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace tandem {

using Clock = std::chrono::steady_clock;

struct LocalPool::State {
    EvaluateGenome evaluate;
    std::string name = worker_name();
    mutable std::mutex mutex;
    std::condition_variable has_task;
    std::condition_variable has_answer;
    std::deque<TaskMessage> tasks;
    std::deque<AnswerMessage> answers;
    std::vector<std::optional<Clock::time_point>> at_work; ///< by thread: since when
    bool is_over = false;

    void work(std::size_t slot) {
        for (;;) {
            std::unique_lock lock(mutex);
            has_task.wait(lock, [&] { return is_over || !tasks.empty(); });
            if (is_over) return;
            const TaskMessage task = std::move(tasks.front());
            tasks.pop_front();
            at_work[slot] = Clock::now();
            lock.unlock();

            AnswerMessage message;
            message.task = task.task;
            try {
                message.answer = answer(evaluate, task.genome);
            } catch (const std::exception& error) {
                // A thread must not end the process; who waits for the answer raises it again.
                message.exception = error.what();
            }
            message.answer.worker = name;

            lock.lock();
            at_work[slot].reset();
            answers.push_back(std::move(message));
            lock.unlock();
            has_answer.notify_one();
        }
    }
};

LocalPool::LocalPool(EvaluateGenome evaluate, std::int64_t slots) : state_(std::make_shared<State>()) {
    state_->evaluate = std::move(evaluate);
    state_->at_work.resize(static_cast<std::size_t>(slots));
    for (std::size_t slot = 0; slot < state_->at_work.size(); ++slot) {
        // Detached, because a thread that hangs could never be joined.
        std::thread([state = state_, slot] { state->work(slot); }).detach();
    }
}

LocalPool::~LocalPool() {
    const std::lock_guard lock(state_->mutex);
    state_->is_over = true;
    state_->tasks.clear();
    state_->has_task.notify_all();
}

void LocalPool::add(TaskMessage task) {
    {
        const std::lock_guard lock(state_->mutex);
        state_->tasks.push_back(std::move(task));
    }
    state_->has_task.notify_one();
}

std::optional<AnswerMessage> LocalPool::take_answer() {
    const std::lock_guard lock(state_->mutex);
    if (state_->answers.empty()) return std::nullopt;
    AnswerMessage message = std::move(state_->answers.front());
    state_->answers.pop_front();
    return message;
}

void LocalPool::wait_for_answer(std::chrono::microseconds longest) {
    std::unique_lock lock(state_->mutex);
    state_->has_answer.wait_for(lock, longest, [&] { return !state_->answers.empty(); });
}

bool LocalPool::is_idle() const {
    const std::lock_guard lock(state_->mutex);
    return state_->tasks.empty() &&
           std::ranges::none_of(state_->at_work, [](const auto& since) { return since.has_value(); });
}

double LocalPool::longest_seconds() const {
    const std::lock_guard lock(state_->mutex);
    double longest = 0.0;
    for (const auto& since : state_->at_work) {
        if (since) longest = std::max(longest, std::chrono::duration<double>(Clock::now() - *since).count());
    }
    return longest;
}

} // namespace tandem
