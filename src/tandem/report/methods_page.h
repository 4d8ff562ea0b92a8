// Several search methods over several seeds, as one page and as one drawing. `comparison` is the document
// that compare_runs() of codesign/ makes.
#pragma once

#include <string>

#include "tandem/core/document.h"

namespace tandem {

/// Which part of the curves is drawn: all of it, or what is within a twentieth of the best median, where
/// methods that end near each other can be told apart.
enum class CurvePart { whole, top };

/// The hypervolume over evaluations, for each method its median and the band between the quartiles. SVG.
std::string emit_methods_chart(const Document& comparison, CurvePart part);

/// Both drawings, a table of methods and one of runs. No script: the page is what it says.
std::string emit_methods_html(const Document& comparison, const std::string& title);

} // namespace tandem
