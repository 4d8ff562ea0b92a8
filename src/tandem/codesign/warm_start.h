// Beginning where an earlier run ended: its front, as genomes of a new space.
#pragma once

#include <filesystem>
#include <vector>

#include "tandem/codesign/quantization_search.h"
#include "tandem/core/result.h"

namespace tandem {

/// The designs on the front of the run in `directory`, finished or not, in the problem's space: at most
/// half a population, spread over the front, so that chance keeps the other half. The other run's job,
/// space, objectives and algorithm may differ; its network should have layers of the same names. The
/// problem takes over the schedules that the other run keeps. Errors: no
/// run there, a damaged one.
[[nodiscard]] Result<std::vector<Genome>> warm_start_guesses(const std::filesystem::path& directory,
                                                             const QuantizationProblem& problem);

} // namespace tandem
