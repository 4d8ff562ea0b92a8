// Compressed pictures made in a test.
#pragma once

#include <string>

#include "tandem/data/pictures.h"

namespace tandem {

std::string png_of(const Picture& picture);
/// Quality 95, baseline.
std::string jpeg_of(const Picture& picture);

} // namespace tandem
