#include <algorithm>
#include <cstdlib>
#include <utility>

#include "tandem/core/check.h"
#include "tandem/search/mpi/mpi_world.h"

namespace tandem {

namespace {

class SingleWorld final : public MpiWorld {
  public:
    int rank() const override { return 0; }
    int size() const override { return 1; }
    std::unique_ptr<Crew> make_crew(EvaluateGenome evaluate, const MpiOptions& /*options*/) override {
        return make_thread_crew(std::move(evaluate));
    }
    Result<void> serve(EvaluateGenome /*evaluate*/, const MpiOptions& /*options*/) override {
        TANDEM_CHECK(false, "rank 0 serves nobody");
    }
};

} // namespace

std::unique_ptr<MpiWorld> make_single_world() { return std::make_unique<SingleWorld>(); }

int announced_processes() {
    int processes = 1;
    // Open MPI's mpirun, MPICH's, and Slurm's srun.
    for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"}) {
        const char* const value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): nothing sets it
        if (value != nullptr) processes = std::max(processes, std::atoi(value)); // NOLINT(cert-err34-c)
    }
    return processes;
}

} // namespace tandem
