// Stands in for the embedded script when it could not be built.
#include "tandem/report/page_assets.h"

namespace tandem {

std::string page_script() { return ""; }

} // namespace tandem
