// One genome for both: the widths of every layer, and after them the extents of the bit-serial array.
#pragma once

#include <functional>

#include "tandem/codesign/hardware_space.h"
#include "tandem/search/search.h"

namespace tandem {

/// The array of the space that is nearest to a given one: in each list the extent nearest to its own, the
/// smaller of two equally near.
HardwarePoint nearest_point(const HardwareSpace& space, const bitserial::Description& machine);

/// The array that a genome of layers' widths is first tried on.
using FirstArray = std::function<HardwarePoint(const Genome& of_layers)>;

/// Appends five unordered genes: rows, columns, dot product, words of the left and of the right buffer. Each
/// first guess gets its array.
GenomeSpace with_hardware_genes(GenomeSpace space, const HardwareSpace& hardware, const FirstArray& first);

/// The array of a genome of such a space.
HardwarePoint hardware_point(const Genome& genome);

} // namespace tandem
