// What every kind of `tandem run` does: load a problem, open its store, search.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "command.h"
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
/// The same on a machine that may be in no file yet.
[[nodiscard]] Result<QuantizationProblem> load_problem(const Job& job, const std::string& file,
                                                       MachinePointer machine, Bytes memory);

[[nodiscard]] Result<Opened> open_store_of(RunDirectory run, QuantizationProblem problem,
                                           const std::vector<Genome>& first_guesses);

/// What a command of several searches, one after the other, is told.
struct SeveralRuns {
    std::string job_file;
    std::filesystem::path out;
    Existing existing = Existing::refuse;
    Bytes memory;
    CommonOptions common;
};

/// Opens one of the runs: a new one, or one that is there already and is of the same job. Errors: it is of
/// another job.
[[nodiscard]] Result<Opened> open_one_of_several(const std::filesystem::path& folder, const Job& job,
                                                 const SeveralRuns& options, QuantizationProblem problem,
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
