#include "tandem/core/version.h"

namespace tandem {

const std::string_view kVersion = TANDEM_VERSION;

} // namespace tandem
