#include "tandem/search/mpi/mpi_world.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <mpi.h>
#include <unistd.h>

#include "tandem/core/check.h"
#include "tandem/core/log.h"
#include "tandem/search/mpi/local_pool.h"
#include "tandem/search/mpi/mpi_link.h"

namespace tandem {

namespace {

using Clock = std::chrono::steady_clock;

/// How long a process sleeps when nothing has come: short beside an evaluation, long beside a look.
constexpr std::chrono::microseconds kPause{200};
constexpr std::chrono::milliseconds kBeat{500};
constexpr double kLoading = 600.0;    ///< seconds in which rank 0 begins to speak
constexpr double kFarewell = 2.0;     ///< seconds in which the last message leaves
constexpr std::int64_t kAttempts = 3; ///< a genome that ends three workers would end them all

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Says at most every kBeat that it is time to say so.
class Pulse {
  public:
    bool is_due() {
        if (Clock::now() - last_ < kBeat) return false;
        last_ = Clock::now();
        return true;
    }

  private:
    Clock::time_point last_{};
};

/// A worker as rank 0 sees it.
struct Worker {
    std::string name;
    std::int64_t slots = 0; ///< 0: it has not said hello
    bool is_lost = false;
    Clock::time_point heard{};
    std::map<std::int64_t, Clock::time_point> tasks; ///< its own, and since when
};

struct Task {
    std::size_t index = 0; ///< in the batch
    Genome genome;
    std::int64_t attempt = 1;
};

/// Rank 0's crew. A thread of its own talks to the workers, also while the driver thinks or stores, so
/// that they know it lives; the driver's thread hands over batches and waits.
class MpiCrew final : public Crew {
  public:
    MpiCrew(EvaluateGenome evaluate, MpiOptions options, int size, std::atomic<bool>& has_losses)
        : options_(std::move(options)),
          pool_(std::make_unique<LocalPool>(std::move(evaluate), options_.slots)),
          workers_(static_cast<std::size_t>(size)), has_losses_(has_losses) {
        workers_[0] = {
            .name = worker_name(), .slots = options_.slots, .is_lost = false, .heard = {}, .tasks = {}};
        thread_ = std::thread([this] { talk(); });
    }
    MpiCrew(const MpiCrew&) = delete;
    MpiCrew& operator=(const MpiCrew&) = delete;
    ~MpiCrew() override {
        is_over_ = true;
        thread_.join();
    }

    Result<void> evaluate(std::span<const Genome> genomes, const std::atomic<bool>* interrupted,
                          const std::function<void(std::size_t, Answer)>& done) override {
        std::unique_lock lock(mutex_);
        open_.clear(); // what an interrupted batch left is nobody's any more
        waiting_.clear();
        answers_.clear();
        for (std::size_t i = 0; i < genomes.size(); ++i) {
            open_.emplace(next_task_, Task{.index = i, .genome = genomes[i]});
            waiting_.push_back(next_task_++);
        }
        std::size_t left = genomes.size();
        while (left > 0) {
            has_answer_.wait_for(lock, std::chrono::milliseconds(50), [&] { return !answers_.empty(); });
            if (interrupted != nullptr && interrupted->load(std::memory_order_relaxed)) return {};
            std::deque<std::pair<std::size_t, AnswerMessage>> came;
            came.swap(answers_);
            lock.unlock(); // the driver's own work must not hold up the workers
            for (auto& [index, message] : came) {
                if (!message.exception.empty()) throw InternalError(message.exception);
                done(index, std::move(message.answer));
                --left;
            }
            lock.lock();
        }
        return {};
    }

  private:
    void talk() {
        Pulse pulse;
        while (!is_over_) {
            const bool has_news = listen();
            if (pulse.is_due()) tell_all(MpiTag::beat, {});
            watch();
            hand_out();
            if (!has_news) pool_->wait_for_answer(kPause);
        }
        // Who has not said hello yet is told too: it may be about to.
        tell_all(MpiTag::leave, has_losses_ ? "lost" : "");
        const Clock::time_point start = Clock::now();
        while (link_.has_unsent() && seconds_since(start) < kFarewell) std::this_thread::sleep_for(kPause);
        has_losses_ = has_losses_ || link_.has_unsent() || !pool_->is_idle();
    }

    void tell_all(MpiTag tag, const std::string& bytes) {
        for (std::size_t rank = 1; rank < workers_.size(); ++rank) {
            if (!workers_[rank].is_lost) link_.send(static_cast<int>(rank), tag, bytes);
        }
        static_cast<void>(link_.has_unsent());
    }

    /// Takes in all that has come; whether there was any.
    bool listen() {
        bool has_news = false;
        while (std::optional<AnswerMessage> message = pool_->take_answer()) {
            settle(workers_[0], *std::move(message));
            has_news = true;
        }
        while (const std::optional<MpiMessage> message = link_.receive()) {
            Worker& worker = workers_[static_cast<std::size_t>(message->from)];
            worker.heard = Clock::now();
            has_news = true;
            if (message->tag == MpiTag::hello) greet(message->from, worker, message->bytes);
            if (message->tag == MpiTag::answer) {
                std::optional<AnswerMessage> answer = parse_answer(message->bytes);
                if (answer) {
                    settle(worker, *std::move(answer));
                } else {
                    give_up(worker, "speaks another language");
                }
            }
        }
        return has_news;
    }

    void greet(int rank, Worker& worker, const std::string& bytes) {
        const std::optional<HelloMessage> hello = parse_hello(bytes);
        if (!hello || hello->job != options_.job) {
            link_.send(rank, MpiTag::refused, "");
            worker.is_lost = true;
            has_losses_ = true;
            return;
        }
        worker.name = hello->worker;
        worker.slots = hello->slots;
    }

    void settle(Worker& worker, AnswerMessage message) {
        worker.tasks.erase(message.task);
        const std::lock_guard lock(mutex_);
        const auto task = open_.find(message.task);
        if (task == open_.end()) return; // of a batch that is over, or answered by another
        message.answer.attempt = task->second.attempt;
        answers_.emplace_back(task->second.index, std::move(message));
        open_.erase(task);
        has_answer_.notify_one();
    }

    /// Gives up workers that are silent or hang.
    void watch() {
        const double timeout = options_.evaluation_timeout_seconds;
        for (std::size_t rank = 0; rank < workers_.size(); ++rank) {
            Worker& worker = workers_[rank];
            if (worker.is_lost || worker.slots == 0) continue;
            if (rank > 0 && seconds_since(worker.heard) > options_.silence_seconds) {
                give_up(worker, "was not heard of");
                continue;
            }
            if (timeout <= 0.0 || worker.tasks.empty()) continue;
            // A worker ends itself when an evaluation hangs, one timeout after its begin, which may be one
            // after it was sent. Much later means that it cannot. Rank 0 must not end: it only stops
            // evaluating.
            const auto oldest =
                std::ranges::min_element(worker.tasks, {}, [](const auto& task) { return task.second; });
            const bool hangs = rank == 0 ? pool_->longest_seconds() > timeout
                                         : seconds_since(oldest->second) > 3.0 * timeout;
            if (hangs) give_up(worker, "hangs");
        }
    }

    void give_up(Worker& worker, std::string_view why) {
        log_warning(fmt::format("worker {} {}; its {} evaluations go to others", worker.name, why,
                                worker.tasks.size()));
        worker.is_lost = true;
        has_losses_ = true;
        const std::lock_guard lock(mutex_);
        for (const auto& [id, since] : worker.tasks) {
            const auto task = open_.find(id);
            if (task == open_.end()) continue;
            if (++task->second.attempt <= kAttempts) {
                waiting_.push_front(id); // its batch has waited long enough
                continue;
            }
            AnswerMessage message;
            message.task = id;
            message.answer.evaluation.infeasible =
                Infeasible{fmt::format("its evaluation was lost with {} workers", kAttempts)};
            message.answer.worker = worker.name;
            message.answer.attempt = kAttempts;
            answers_.emplace_back(task->second.index, std::move(message));
            open_.erase(task);
            has_answer_.notify_one();
        }
        worker.tasks.clear();
    }

    /// Every worker has as many tasks as it can evaluate at once and one more, so that none idles while a
    /// message is on its way; while there are fewer than that, nobody hoards.
    void hand_out() {
        const std::lock_guard lock(mutex_);
        for (std::int64_t spare = 0; spare <= 1; ++spare) {
            for (std::size_t rank = 0; rank < workers_.size(); ++rank) {
                Worker& worker = workers_[rank];
                if (worker.is_lost || worker.slots == 0) continue;
                const std::int64_t most = worker.slots + (rank > 0 ? spare : 0);
                while (static_cast<std::int64_t>(worker.tasks.size()) < most && !waiting_.empty()) {
                    const std::int64_t id = waiting_.front();
                    waiting_.pop_front();
                    const auto task = open_.find(id);
                    if (task == open_.end()) continue;
                    worker.tasks.emplace(id, Clock::now());
                    TaskMessage message{.task = id, .genome = task->second.genome};
                    if (rank == 0) {
                        pool_->add(std::move(message));
                    } else {
                        link_.send(static_cast<int>(rank), MpiTag::task, to_bytes(message));
                    }
                }
            }
        }
    }

    MpiOptions options_;
    std::unique_ptr<LocalPool> pool_;
    std::vector<Worker> workers_; ///< by rank; the talking thread's own, as the link is
    MpiLink link_;
    std::atomic<bool>& has_losses_;
    std::atomic<bool> is_over_ = false;

    std::mutex mutex_; ///< of what follows
    std::condition_variable has_answer_;
    std::map<std::int64_t, Task> open_;
    std::deque<std::int64_t> waiting_; ///< open tasks that nobody has
    std::deque<std::pair<std::size_t, AnswerMessage>> answers_;
    std::int64_t next_task_ = 0;

    std::thread thread_; ///< last: it uses all of the above
};

class RealWorld final : public MpiWorld {
  public:
    RealWorld() {
        MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
        MPI_Comm_size(MPI_COMM_WORLD, &size_);
    }
    RealWorld(const RealWorld&) = delete;
    RealWorld& operator=(const RealWorld&) = delete;
    ~RealWorld() override {
        if (rank_ == 0 && !had_crew_) {
            // Rank 0 met an error before it had work for anybody.
            MpiLink link;
            for (int rank = 1; rank < size_; ++rank) link.send(rank, MpiTag::leave, {});
            const Clock::time_point start = Clock::now();
            while (link.has_unsent() && seconds_since(start) < kFarewell) std::this_thread::sleep_for(kPause);
        }
        // Finalize waits for all, so after a loss it would wait for ever; the system cleans up as well.
        if (!has_losses_) MPI_Finalize();
    }

    int rank() const override { return rank_; }
    int size() const override { return size_; }

    std::unique_ptr<Crew> make_crew(EvaluateGenome evaluate, const MpiOptions& options) override {
        had_crew_ = true;
        if (size_ == 1) return make_thread_crew(std::move(evaluate));
        return std::make_unique<MpiCrew>(std::move(evaluate), options, size_, has_losses_);
    }

    Result<void> serve(EvaluateGenome evaluate, const MpiOptions& options) override {
        LocalPool pool(std::move(evaluate), options.slots);
        MpiLink link;
        link.send(
            0, MpiTag::hello,
            to_bytes(HelloMessage{.worker = worker_name(), .slots = options.slots, .job = options.job}));
        Pulse pulse;
        Clock::time_point heard = Clock::now();
        double patience = kLoading; // rank 0 may take longer to load its job than we did
        for (;;) {
            bool has_news = false;
            while (std::optional<MpiMessage> message = link.receive()) {
                heard = Clock::now();
                patience = options.silence_seconds;
                has_news = true;
                if (message->tag == MpiTag::leave) {
                    has_losses_ = !message->bytes.empty();
                    return {};
                }
                if (message->tag == MpiTag::refused) {
                    has_losses_ = true;
                    return failed("tandem", "", "a job other than that of rank 0", "one job for all ranks");
                }
                if (message->tag == MpiTag::task) {
                    std::optional<TaskMessage> task = parse_task(message->bytes);
                    TANDEM_CHECK(task.has_value(), "rank 0 asks in the words of this program");
                    pool.add(*std::move(task));
                }
            }
            while (const std::optional<AnswerMessage> answer = pool.take_answer()) {
                link.send(0, MpiTag::answer, to_bytes(*answer));
                has_news = true;
            }
            if (pulse.is_due()) link.send(0, MpiTag::beat, {});
            static_cast<void>(link.has_unsent());
            if (options.evaluation_timeout_seconds > 0.0 &&
                pool.longest_seconds() > options.evaluation_timeout_seconds) {
                log_warning(fmt::format("{}: an evaluation took over {} s; this worker ends", worker_name(),
                                        options.evaluation_timeout_seconds));
                ::_exit(1); // the thread that hangs cannot be ended any other way
            }
            if (seconds_since(heard) > patience) {
                has_losses_ = true;
                return failed("tandem", "", "no word from rank 0", "a run that can be resumed");
            }
            if (!has_news) pool.wait_for_answer(kPause);
        }
    }

  private:
    int rank_ = 0;
    int size_ = 1;
    bool had_crew_ = false;
    std::atomic<bool> has_losses_ = false;
};

} // namespace

struct MpiLink::Outgoing {
    std::string bytes;
    MPI_Request request = MPI_REQUEST_NULL;
};

void MpiLink::send(int to, MpiTag tag, std::string bytes) {
    auto& message = outgoing_.emplace_back(std::make_shared<Outgoing>());
    message->bytes = std::move(bytes);
    MPI_Isend(message->bytes.data(), static_cast<int>(message->bytes.size()), MPI_BYTE, to,
              static_cast<int>(tag), MPI_COMM_WORLD, &message->request);
}

std::optional<MpiMessage> MpiLink::receive() {
    int is_there = 0;
    MPI_Status status{};
    if (MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &is_there, &status) != MPI_SUCCESS ||
        is_there == 0) {
        return std::nullopt;
    }
    int size = 0;
    MPI_Get_count(&status, MPI_BYTE, &size);
    MpiMessage message{.from = status.MPI_SOURCE, .tag = static_cast<MpiTag>(status.MPI_TAG), .bytes = {}};
    message.bytes.resize(static_cast<std::size_t>(size));
    MPI_Recv(message.bytes.data(), size, MPI_BYTE, status.MPI_SOURCE, status.MPI_TAG, MPI_COMM_WORLD,
             MPI_STATUS_IGNORE);
    return message;
}

bool MpiLink::has_unsent() {
    std::erase_if(outgoing_, [](const std::shared_ptr<Outgoing>& message) {
        int has_left = 0;
        return MPI_Test(&message->request, &has_left, MPI_STATUS_IGNORE) == MPI_SUCCESS && has_left != 0;
    });
    return !outgoing_.empty();
}

Result<std::unique_ptr<MpiWorld>> MpiWorld::join() {
    if (announced_processes() == 1) return make_single_world();
    // Open MPI would read the memory of other ranks of its machine, which containers forbid; our messages are
    // too small to gain by it. What the user has set stays.
    setenv("OMPI_MCA_btl_vader_single_copy_mechanism", "none", /*overwrite=*/0);
    int provided = MPI_THREAD_SINGLE;
    // One thread calls MPI at a time: the main one, and on rank 0 the crew's while there is a crew.
    if (MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided) != MPI_SUCCESS ||
        provided < MPI_THREAD_SERIALIZED) {
        return failed("tandem", "", "an MPI that cannot be started with threads", "another MPI");
    }
    MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
    return std::make_unique<RealWorld>();
}

bool has_mpi() { return true; }

} // namespace tandem
