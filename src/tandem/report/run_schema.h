// Judges a document by a JSON schema: the part of draft 2020-12 that docs/run.schema.json is written in
// (type, const, enum, minimum, maximum, required, properties, additionalProperties, items, minItems and
// $ref into $defs). The page judges the same document by the same file.
#pragma once

#include <string>
#include <vector>

#include "tandem/core/document.h"
#include "tandem/core/result.h"

namespace tandem {

/// What of `document` is not as the schema says, at most `kMostSchemaProblems`, in the order of the
/// document. A schema with another keyword than those above is a check failure.
inline constexpr std::size_t kMostSchemaProblems = 20;
std::vector<Problem> find_schema_problems(const Document& document, const Document& schema,
                                          const std::string& file);

/// The schema of the run document (docs/report-data.md).
const Document& run_schema();

/// A run document as it came from a file: by the schema, and then what that cannot say: columns of one
/// length, ids that exist, indices inside their lists. All problems at once.
[[nodiscard]] Result<void> validate_run_document(const Document& run, const std::string& file);

/// The same of front.json, which is the run document without the members that the store holds.
[[nodiscard]] Result<void> validate_front_document(const Document& front, const std::string& file);

} // namespace tandem
