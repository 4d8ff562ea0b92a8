// The document of a run's report page, put together from what lies in its directory.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "tandem/codesign/fine_tuning.h"
#include "tandem/codesign/quantization_search.h"
#include "tandem/codesign/run_directory.h"
#include "tandem/core/document.h"
#include "tandem/core/result.h"
#include "tandem/report/live_server.h"

namespace tandem::app {

/// Seconds by phase of a run, in order.
using Phases = std::vector<std::pair<std::string, double>>;
[[nodiscard]] Result<void> write_timings(const RunPaths& paths, const Phases& phases);

/// Gives each design of the details its `memory`: the arena that its C would need. `tuned` may be null.
void add_memory_maps(Document& front, const QuantizationProblem& problem,
                     const std::vector<StoredDesign>& designs, const FineTuned* tuned);

/// The whole document: front, designs and generations, and from the directory proof, timings and
/// artifacts where they are.
[[nodiscard]] Result<Document> make_run_document(const Document& front, const RunStore& store,
                                                 const RunPaths& paths);

/// The document of a run that goes on: what its store holds now, with nothing measured for it. Nothing while
/// no design is acceptable. `paths` are read only.
[[nodiscard]] Result<std::optional<Document>> make_live_document(const QuantizationProblem& problem,
                                                                 const RunPaths& paths);

/// Serves the page of a run that goes on: what make_live_document() gives, made once a generation. `problem`
/// must outlive the server.
[[nodiscard]] Result<LiveServer> start_watching(const QuantizationProblem& problem, const RunPaths& paths,
                                                int port);

/// The front of a finished run. Errors: no run, an unfinished run.
[[nodiscard]] Result<Document> load_front(const RunPaths& paths);

/// make_run_document() of a finished run, checked against its schema: the directory may have been edited.
[[nodiscard]] Result<Document> load_run_document(const RunPaths& paths);

} // namespace tandem::app
