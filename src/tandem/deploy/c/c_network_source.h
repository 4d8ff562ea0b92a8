// network.c: the steps of the network, their tables and their memory.
#pragma once

#include <string>

#include "tandem/deploy/c/image_facts.h"

namespace tandem {

/// For a network called "network". Of several operating points each has its tables, its places in the arena
/// and a function that runs it; the functions of network.h choose.
std::string emit_network_source(const ImageFacts& image);

} // namespace tandem
