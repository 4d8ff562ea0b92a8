#include "tandem/core/parallel.h"

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/info.h>
#include <oneapi/tbb/parallel_for.h>

#include "tandem/core/check.h"

namespace tandem {

void parallel_for(std::size_t count, const std::function<void(std::size_t)>& body) {
    // A worker that has not gone to sleep yet may still take tasks after the limit was lowered to
    // one, so one thread means a plain loop.
    if (tbb::global_control::active_value(tbb::global_control::max_allowed_parallelism) == 1) {
        for (std::size_t i = 0; i < count; ++i) body(i);
        return;
    }
    tbb::parallel_for(std::size_t{0}, count, body);
}

/// Built in place: global_control may be copied, but the first copy to go ends the limit.
struct ThreadLimit::Control {
    explicit Control(std::size_t threads) : limit(tbb::global_control::max_allowed_parallelism, threads) {}

    tbb::global_control limit;
};

ThreadLimit::ThreadLimit(std::size_t threads) {
    TANDEM_CHECK(threads >= 1, "at least one thread");
    control_ = std::make_unique<Control>(threads);
}

ThreadLimit::~ThreadLimit() = default;

std::size_t available_threads() { return static_cast<std::size_t>(tbb::info::default_concurrency()); }

} // namespace tandem
