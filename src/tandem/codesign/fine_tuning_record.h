// The part of the run document (docs/report-data.md) that says what training made of a search's designs.
#pragma once

#include <vector>

#include "tandem/codesign/fine_tuning.h"
#include "tandem/core/document.h"

namespace tandem {

/// Rounds, finals and what all of it took but for the time, which depends on the machine.
Document describe_fine_tuning(const QuantizationProblem& problem, const std::vector<StoredDesign>& designs,
                              const FineTuned& tuned);

} // namespace tandem
