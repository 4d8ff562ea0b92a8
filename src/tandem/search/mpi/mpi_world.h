// Many machines: the processes that mpirun or srun started. Rank 0 drives and owns the store, and all
// ranks evaluate, rank 0 on threads of its own beside the one that hands out work. Only messages between
// two are used, no collective, so that the loss of a worker is the loss of a worker: its evaluations go to
// others. Open MPI 4 ends all ranks when one dies unless mpirun is given --enable-recovery.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tandem/search/crew.h"

namespace tandem {

struct MpiOptions {
    /// An evaluation that takes longer counts as hung: its worker ends itself, and another one gets the
    /// evaluation. 0: none ever does.
    double evaluation_timeout_seconds = 0.0;
    /// A worker that is not heard of for so long counts as dead. Every process says twice a second that it
    /// lives, evaluating or not.
    double silence_seconds = 10.0;
    std::int64_t slots = 1; ///< evaluations at once, on each rank
    std::string job;        ///< of which all ranks must be; anything that identifies it
};

/// This process among the others.
class MpiWorld {
  public:
    /// Joins the processes that mpirun or srun started this one with; alone otherwise, without MPI. Errors:
    /// started with others by a program built without MPI; MPI itself.
    [[nodiscard]] static Result<std::unique_ptr<MpiWorld>> join();
    virtual ~MpiWorld() = default;

    virtual int rank() const = 0;
    virtual int size() const = 0;

    /// Rank 0: the crew of all ranks. One at a time; the world must outlive it. A genome that three workers
    /// died or hung over is infeasible, so that no design can end a run. Once it goes, the workers are told
    /// to leave.
    virtual std::unique_ptr<Crew> make_crew(EvaluateGenome evaluate, const MpiOptions& options) = 0;

    /// Another rank: evaluates what rank 0 asks for until told to leave. Errors: rank 0 is gone; it works on
    /// another job. An evaluation over the timeout ends the process.
    [[nodiscard]] virtual Result<void> serve(EvaluateGenome evaluate, const MpiOptions& options) = 0;
};

/// Whether this program can use several processes.
bool has_mpi();

/// Alone: rank 0 of one, whose crew is the threads of this process.
std::unique_ptr<MpiWorld> make_single_world();

/// What mpirun or srun told this process: the number of processes, 1 when they did not start it.
int announced_processes();

} // namespace tandem
