// The texts of the generated C that people read: its header and its README.
#pragma once

#include <string>
#include <string_view>

#include "tandem/deploy/c/image_facts.h"

namespace tandem {

/// "/* NAME: PURPOSE. ... */": what every generated file begins with.
std::string file_comment(const ImageFacts& image, std::string_view purpose);

/// network.h, for a network called "network": its functions and its sizes, in elements, bytes and units of
/// the tensors.
std::string emit_network_header(const ImageFacts& image);

/// README.md: the files, how to build and call them, the memory, and the steps.
std::string emit_readme(const ImageFacts& image);

} // namespace tandem
