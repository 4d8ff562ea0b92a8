// driver_victim STORE: runs the toy search, or goes on with it, one evaluation for each byte on its
// standard input, and as many as it likes once that is closed. The kill test starts it and kills it.
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include <unistd.h>

#include "toy_problem.h"

int main(int count, char** arguments) {
    using namespace tandem;
    if (count != 2) return 2;
    const std::filesystem::path path = arguments[1];
    const GenomeSpace space = toy::space(12, 8);
    Result<RunStore> store =
        std::filesystem::exists(path) ? RunStore::open(path) : RunStore::create(path, toy::header(space));
    if (!store) return 2;
    const auto evaluate = [](const Genome& genome) {
        char allowance = 0;
        if (::read(STDIN_FILENO, &allowance, 1) < 0) std::abort();
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
        return toy::constrained(genome);
    };
    DriverOptions options;
    options.hypervolume_reference = {1.1, 10.0};
    Progress silent;
    const auto algorithm = make_algorithm(space, toy::options());
    return drive(*algorithm, evaluate, *store, options, silent) ? 0 : 1;
}
