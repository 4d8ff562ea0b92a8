// The parts of the run document (docs/report-data.md) that describe one thing each: the network, the
// machine, a design down to its layers, schedules and confusions.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tandem/codesign/quantization_search.h"
#include "tandem/core/document.h"
#include "tandem/search/run_store.h"

namespace tandem {

/// Counts by (label, predicted class), row by row: `outputs` are (N, classes), every label is a class.
/// The diagonal holds what was predicted right.
std::vector<std::int64_t> confusion_matrix(std::span<const std::int32_t> outputs,
                                           std::span<const std::int32_t> labels);

/// Data sets of more classes have no confusion matrices in their records: they would be most of it.
inline constexpr std::size_t kMostConfusedClasses = 100;

/// Every distinct schedule of the designs of a record, once.
class MappingList {
  public:
    /// The place of a layer's schedule in the list.
    std::size_t add(const QuantizationProblem& problem, const Genome& genome, const LayerWork& work);
    Document::List take() { return std::move(list_); }

  private:
    std::map<std::string, std::size_t> places_; ///< by JSON
    Document::List list_;
    std::vector<std::string> levels_;
};

/// Name, parameters, layers, and the nodes of the graph with their shapes and who feeds them.
Document describe_network(const QuantizationProblem& problem);

/// Name, family, YAML, the names of the memories, and where the family's description has them the
/// extents of the array and the outermost memory's bandwidth. `genome` must fit the machine.
Document describe_machine(const QuantizationProblem& problem, const Genome& genome);

/// What of a design is measured rather than counted.
struct MeasuredFigures {
    std::optional<double> test_accuracy;
    std::vector<std::int64_t> confusion;            ///< on the validation samples; empty: not measured
    std::optional<double> fine_tuned_accuracy = {}; ///< on the validation samples; none: it was not trained
};

/// Everything known of a design that fits; `strategy` is its calibrated one. Its schedules go into
/// `mappings`.
Document describe_design(const QuantizationProblem& problem, const StoredDesign& design,
                         const Strategy& strategy, const MeasuredFigures& measured, MappingList& mappings);

} // namespace tandem
