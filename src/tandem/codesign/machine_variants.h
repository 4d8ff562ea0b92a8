// Several machines compared in one job: a run of its own for each, over the precisions that the machine
// takes.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tandem/codesign/job.h"
#include "tandem/core/document.h"
#include "tandem/core/result.h"
#include "tandem/machine/machine.h"

namespace tandem {

/// The run of one machine.
struct VariantRun {
    std::string name; ///< of its folder
    Job job;          ///< of that machine alone
    /// The machine where it is not its file's; to be written where the job looks for it.
    std::optional<Document> machine = {};
};

/// A run for each machine of a job, in its order. A machine without words that narrow operands share, as
/// bit-serial ones are, chooses weights and inputs apart, a vectorised one together, unless the job says; no
/// machine is asked for widths that it lacks. A machine with another dataflow is to lie in
/// `folder`/machines. Errors, all of them `file`'s: those of machine files; a dataflow that the family does
/// not have; one variant twice; energies in different units where energy is an objective; no width left.
[[nodiscard]] Result<std::vector<VariantRun>> plan_variants(const Job& job, const std::string& file,
                                                            const std::filesystem::path& folder);

/// What a finished run says of its machine: one entry of `variants` below.
Document describe_variant(const VariantRun& variant, const Document& front, std::size_t remembered);
/// Of one that found nothing.
Document describe_variant(const VariantRun& variant, const std::string& reason);

/// {objectives: [{key, label, unit, scale}], variants: [{name, machine, batch, tie, designs, remembered,
/// front, chosen, test_accuracy, and a figure for each objective's key}, or {name, machine, batch, tie,
/// reason}]}. `remembered` are the designs whose accuracy an earlier machine's search had measured; energies
/// and cycles are of one image.
Document describe_variants(const Job& job, Document::List variants);

} // namespace tandem
