#include "tandem/search/crew.h"

#include <array>
#include <chrono>
#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "tandem/core/parallel.h"

namespace tandem {

namespace {

class ThreadCrew final : public Crew {
  public:
    explicit ThreadCrew(EvaluateGenome evaluate) : evaluate_(std::move(evaluate)) {}

    Result<void> evaluate(std::span<const Genome> genomes, const std::atomic<bool>* interrupted,
                          const std::function<void(std::size_t, Answer)>& done) override {
        std::mutex mutex;
        parallel_for(genomes.size(), [&](std::size_t i) {
            if (interrupted != nullptr && interrupted->load(std::memory_order_relaxed)) return;
            Answer result = answer(evaluate_, genomes[i]);
            result.worker = name_;
            const std::lock_guard lock(mutex);
            done(i, std::move(result));
        });
        return {};
    }

  private:
    EvaluateGenome evaluate_;
    std::string name_ = worker_name();
};

} // namespace

Answer answer(const EvaluateGenome& evaluate, const Genome& genome) {
    Answer result;
    const auto start = std::chrono::steady_clock::now();
    result.started =
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    result.evaluation = evaluate(genome);
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return result;
}

std::string worker_name() {
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) != 0) host[0] = '?';
    return fmt::format("{}:{}", host.data(), ::getpid());
}

std::unique_ptr<Crew> make_thread_crew(EvaluateGenome evaluate) {
    return std::make_unique<ThreadCrew>(std::move(evaluate));
}

} // namespace tandem
