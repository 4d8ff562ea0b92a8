// The page's style sheet and script, embedded at build time from web/, and the schema of its data.
#pragma once

#include <string>

namespace tandem {

std::string page_style();

/// The bundled script; empty when it was not built in (no Node, or its packages could not be had).
std::string page_script();

/// docs/run.schema.json.
std::string run_schema_text();

} // namespace tandem
