// mpi_victim STORE MILLISECONDS [die|hang|stop-driver|wait [POPULATION]]: the toy search on all ranks of an
// MPI job, evaluations of so many milliseconds. With `die` the last rank kills itself over its fifth
// evaluation, with `hang` it never ends it, with `stop-driver` rank 0 kills itself after the fourth
// generation, with `wait` evaluations sleep instead of computing, as those of an outside tool do. Prints on
// rank 0 the seconds of the search.
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <thread>

#include <unistd.h>

#include "../toy_problem.h"
#include "tandem/search/mpi/mpi_world.h"

namespace {

using namespace tandem;

/// Busy, as a real evaluation is: a sleeping one would share a core with any number of others.
void work_for(std::chrono::milliseconds time) {
    timespec now{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    const auto nanoseconds = [](const timespec& value) {
        return value.tv_sec * 1'000'000'000L + value.tv_nsec;
    };
    const long end = nanoseconds(now) + std::chrono::nanoseconds(time).count();
    while (nanoseconds(now) < end) clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
}

} // namespace

int main(int count, char** arguments) {
    if (count < 3) return 2;
    const std::filesystem::path path = arguments[1];
    const std::chrono::milliseconds time(std::atoi(arguments[2]));
    const std::string_view mischief = count > 3 ? arguments[3] : "";
    auto world = MpiWorld::join();
    if (!world) {
        std::fprintf(stderr, "%s\n", to_string(world.error()).c_str());
        return 1;
    }
    const bool is_last = (*world)->rank() > 0 && (*world)->rank() == (*world)->size() - 1;
    std::atomic<int> evaluations = 0;
    const auto evaluate = [&](const Genome& genome) {
        if (is_last && ++evaluations == 5) {
            if (mischief == "die") ::kill(::getpid(), SIGKILL);
            if (mischief == "hang") std::this_thread::sleep_for(std::chrono::hours(1));
        }
        if (mischief == "wait") {
            std::this_thread::sleep_for(time);
        } else {
            work_for(time);
        }
        return toy::constrained(genome);
    };
    MpiOptions options;
    options.silence_seconds = 5.0;
    options.evaluation_timeout_seconds = 2.0;
    options.job = "toy";
    int status = 0;
    if ((*world)->rank() > 0) {
        status = (*world)->serve(evaluate, options) ? 0 : 1;
    } else {
        const GenomeSpace space = toy::space(12, 8);
        Result<RunStore> store =
            std::filesystem::exists(path) ? RunStore::open(path) : RunStore::create(path, toy::header(space));
        if (!store) return 2;
        DriverOptions driver;
        driver.hypervolume_reference = {1.1, 10.0};
        SearchOptions search = toy::options();
        search.population = count > 4 ? std::atoi(arguments[4]) : search.population;
        const auto algorithm = make_algorithm(space, search);

        /// Kills the driver at a generation's end.
        class Killer final : public Progress {
          public:
            explicit Killer(bool is_armed) : is_armed_(is_armed) {}
            void update(std::int64_t done, std::string_view) override {
                if (is_armed_ && done >= 45) ::kill(::getpid(), SIGKILL);
            }

          private:
            bool is_armed_;
        } progress(mischief == "stop-driver");
        const auto crew = (*world)->make_crew(evaluate, options);
        const auto start = std::chrono::steady_clock::now();
        status = drive(*algorithm, *crew, *store, driver, progress) ? 0 : 1;
        std::printf("%.3f\n",
                    std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
        std::fflush(stdout);
    }
    return status;
}
