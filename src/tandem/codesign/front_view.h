// Ways to look at the front of a finished run, given as the document of its front.json.
#pragma once

#include <cstdint>
#include <vector>

#include "tandem/core/document.h"
#include "tandem/search/front.h"

namespace tandem {

/// The objectives of the designs on the front, as the search minimised them, in the front's order.
std::vector<Objectives> front_points(const Document& front);

/// The design at the knee of the front (indicators.h): where a little of one objective costs most of the
/// others. The front must not be empty, which that of a finished run never is.
std::int64_t find_knee(const Document& front);

/// The same document with an epsilon-nondominated sample (indicators.h) for a front: of each box, `width`
/// times each objective's range wide, one design at most. The chosen design, the reference and all details
/// stay.
Document sample_front(const Document& front, double width);

} // namespace tandem
