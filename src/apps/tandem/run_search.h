// What every kind of `tandem run` does: load a problem, open its store, search.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tandem/codesign/fine_tuning.h"
#include "tandem/codesign/quantization_search.h"
#include "tandem/codesign/run_directory.h"
#include "tandem/core/progress.h"
#include "tandem/core/result.h"

namespace tandem::app {

struct Opened {
    RunDirectory run;
    QuantizationProblem problem;
    RunStore store;
};

/// `file` is what problems of the search's options name; `memory` bounds the activations remembered.
[[nodiscard]] Result<QuantizationProblem> load_problem(const Job& job, const std::string& file, Bytes memory);

[[nodiscard]] Result<Opened> open_store_of(RunDirectory run, QuantizationProblem problem,
                                           const std::vector<Genome>& first_guesses);

/// What the job's section fine_tuning asks for; nothing where it has none. Errors: those of
/// FineTuning::create, to be asked for before anything is written.
[[nodiscard]] Result<std::optional<FineTuning>> prepare_fine_tuning(const QuantizationProblem& problem);

/// Trains what the search found; says how to go on when it is interrupted. Nothing without `tuning`.
[[nodiscard]] Result<std::optional<FineTuned>> fine_tune(const std::optional<FineTuning>& tuning,
                                                         const Opened& opened,
                                                         const std::vector<StoredDesign>& designs,
                                                         const std::string& to_go_on, Progress& progress);

/// Searches; says how to go on when it is interrupted.
[[nodiscard]] Result<std::vector<StoredDesign>> search(Opened& opened, Crew& crew,
                                                       const std::string& to_go_on, Progress& progress);

/// The seconds that the search took, in every process that worked on the run.
[[nodiscard]] Result<double> seconds_of_search(const RunStore& store);

} // namespace tandem::app
