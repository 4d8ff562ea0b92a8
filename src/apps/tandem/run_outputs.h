// What a finished search leaves in its run directory.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "run_page.h"
#include "tandem/codesign/fine_tuning.h"
#include "tandem/codesign/quantization_search.h"
#include "tandem/codesign/run_directory.h"
#include "tandem/core/document.h"
#include "tandem/core/progress.h"
#include "tandem/core/result.h"

namespace tandem::app {

/// Whether the chosen design is written as C, or where no C computes it as ONNX, and proven on all test
/// images, which takes longer than many searches.
enum class Deployment { proven, none };

/// Selects the front, measures the final figures on the test images, deploys the chosen design, writes
/// report.html and, last, front.json: where it is, the run is complete. `phases` says where the time went so
/// far. What was fine-tuned, if anything, is measured and deployed as training left it, and its chosen design
/// is the run's. Returns the front document.
[[nodiscard]] Result<Document> write_outputs(const QuantizationProblem& problem,
                                             const std::vector<StoredDesign>& designs, const RunStore& store,
                                             const RunPaths& paths, Phases phases, Deployment deployment,
                                             std::optional<FineTuned> tuned, Progress& progress);

/// What the user reads when a run is over. `tuning_seconds` are those of training, where there was any.
std::string format_run(const Document& front, const RunPaths& paths, double tuning_seconds);

} // namespace tandem::app
