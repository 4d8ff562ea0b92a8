// The loops of parallel.h on plain threads, for programs that do without oneTBB.
#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

#include "tandem/core/check.h"
#include "tandem/core/parallel.h"

namespace tandem {

namespace {

/// How many threads may run beside those that loops have already. Nested loops share what is left.
class Budget {
  public:
    std::size_t take(std::size_t wanted) {
        const std::lock_guard lock(mutex_);
        const std::size_t limit = limits_.empty() ? available_threads() : *limits_.begin();
        const std::size_t taken = limit > in_use_ ? std::min(wanted, limit - in_use_) : 0;
        in_use_ += taken;
        return taken;
    }
    void give_back(std::size_t count) {
        const std::lock_guard lock(mutex_);
        in_use_ -= count;
    }
    void add_limit(std::size_t limit) {
        const std::lock_guard lock(mutex_);
        limits_.insert(limit);
    }
    void remove_limit(std::size_t limit) {
        const std::lock_guard lock(mutex_);
        limits_.erase(limits_.find(limit));
    }

  private:
    std::mutex mutex_;
    std::multiset<std::size_t> limits_;
    std::size_t in_use_ = 1; ///< the program's own
};

/// One for the process, as oneTBB's is.
Budget& budget() {
    static Budget of_the_process;
    return of_the_process;
}

/// Up to `wanted` threads of it while a loop lasts.
class Share {
  public:
    explicit Share(std::size_t wanted) : threads_(budget().take(wanted)) {}
    ~Share() { budget().give_back(threads_); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    std::size_t threads() const { return threads_; }

  private:
    std::size_t threads_;
};

} // namespace

void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body) {
    if (count == 0) return;
    const Share helpers(count - 1);
    std::atomic<std::size_t> next = 0;
    std::mutex mutex;
    std::exception_ptr failure;
    const auto work = [&] {
        for (std::size_t i = next++; i < count; i = next++) {
            try {
                body(i);
            } catch (...) {
                const std::lock_guard lock(mutex);
                if (!failure) failure = std::current_exception();
                next = count;
            }
        }
    };
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < helpers.threads(); ++i) threads.emplace_back(work);
        work();
    }
    if (failure) std::rethrow_exception(failure);
}

struct ThreadLimit::Control {
    explicit Control(std::size_t threads) : limit(threads) { budget().add_limit(limit); }
    ~Control() { budget().remove_limit(limit); }
    Control(const Control&) = delete;
    Control& operator=(const Control&) = delete;

    std::size_t limit;
};

ThreadLimit::ThreadLimit(std::size_t threads) {
    TANDEM_CHECK(threads >= 1, "at least one thread");
    control_ = std::make_unique<Control>(threads);
}

ThreadLimit::~ThreadLimit() = default;

std::size_t available_threads() { return std::max<std::size_t>(1, std::thread::hardware_concurrency()); }

} // namespace tandem
