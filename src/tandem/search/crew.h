// Who evaluates: the threads of this process, or the processes of an MPI job (mpi_crew.h). The driver
// hands a crew a batch and gets each evaluation as it comes back.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "tandem/core/result.h"
#include "tandem/search/search.h"

namespace tandem {

/// A pure function of a genome: same genome, same evaluation, on any thread and any machine.
using EvaluateGenome = std::function<Evaluation(const Genome&)>;

/// An evaluation and how it came about. Only the evaluation is the same in every run.
struct Answer {
    Evaluation evaluation;
    double seconds = 0.0;     ///< that it took
    double started = 0.0;     ///< when it began, seconds since 1970 UTC
    std::string worker;       ///< host and process
    std::int64_t attempt = 1; ///< 2 and more: earlier workers died or hung over it
};

class Crew {
  public:
    virtual ~Crew() = default;

    /// Evaluates every genome and calls `done` with its index, in any order, one call at a time. Stops
    /// early, without an error, once `interrupted` (which may be null) is set. Errors: nobody is left to
    /// evaluate. An exception of the evaluation passes through.
    [[nodiscard]] virtual Result<void> evaluate(std::span<const Genome> genomes,
                                                const std::atomic<bool>* interrupted,
                                                const std::function<void(std::size_t, Answer)>& done) = 0;
};

/// All threads this process may use.
std::unique_ptr<Crew> make_thread_crew(EvaluateGenome evaluate);

/// Evaluates here and now.
Answer answer(const EvaluateGenome& evaluate, const Genome& genome);

/// "host:process".
std::string worker_name();

} // namespace tandem
