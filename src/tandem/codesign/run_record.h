// What a finished run says: the front with everything known of its designs, the balanced choice,
// and the whole as the document that the report page shows (docs/report-data.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tandem/codesign/quantization_search.h"
#include "tandem/core/document.h"
#include "tandem/core/result.h"
#include "tandem/search/run_store.h"

namespace tandem {

struct FineTuned;

/// The designs that matter at the end, as indices into the run's designs.
struct Selection {
    std::vector<std::size_t> front; ///< best first objective first
    std::size_t chosen = 0;         ///< the balanced trade-off
    std::size_t reference = 0;      ///< every layer at its widest
};

/// The place of a genome among a run's designs.
std::optional<std::size_t> index_of(const std::vector<StoredDesign>& designs, const Genome& genome);

/// Errors: no feasible design (ErrorKind::failed), naming the commonest reason.
[[nodiscard]] Result<Selection> select_designs(const QuantizationProblem& problem,
                                               const std::vector<StoredDesign>& designs);

/// Accuracy on the test images, measured once at the very end.
struct FinalFigures {
    double float_test_accuracy = 0.0;
    double reference_test_accuracy = 0.0;
    double chosen_test_accuracy = 0.0;
    std::int64_t test_samples = 0;
};

/// The version of docs/run.schema.json that these documents keep to.
inline constexpr std::int64_t kRunDocumentVersion = 1;

/// front.json: a function of job, seed and version alone; no times. Without `figures`, as while the
/// search goes on, nothing is measured for it and what only the end can tell is left out. What was `tuned`,
/// which may be null, is described as training left it.
Document front_document(const QuantizationProblem& problem, const std::vector<StoredDesign>& designs,
                        const Selection& selection, const std::optional<FinalFigures>& figures,
                        const FineTuned* tuned);

/// The report's document: front.json, every design in columns, the generations.
Document run_document(const Document& front, const std::vector<StoredDesign>& designs,
                      const std::vector<GenerationRecord>& generations);

} // namespace tandem
