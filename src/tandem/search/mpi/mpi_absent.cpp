// Built in where CMake finds no MPI.
#include <fmt/format.h>

#include "tandem/search/mpi/mpi_world.h"

namespace tandem {

Result<std::unique_ptr<MpiWorld>> MpiWorld::join() {
    if (announced_processes() == 1) return make_single_world();
    return failed("tandem", "", fmt::format("{} processes started together", announced_processes()),
                  "a program built with MPI (libopenmpi-dev), or one process");
}

bool has_mpi() { return false; }

} // namespace tandem
