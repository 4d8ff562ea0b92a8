// Layers that read narrower than their input is stored, spelled out in the network.
#pragma once

#include "tandem/network/network.h"
#include "tandem/strategy/strategy.h"

namespace tandem {

/// Puts a Clip without bounds, which changes nothing in float, before every layer whose `activation_bits` are
/// fewer than those its input is stored with: its output is stored at the layer's width, as an integer step
/// of its own. Scaled tensors are read as they are stored, so this is how a strategy with scales reads one
/// tensor at two widths. Layers that read one tensor at one width share their Clip. `strategy` fits the
/// network, and the result.
Network split_narrow_reads(Network network, const Strategy& strategy);

/// The same before every layer whose input others read too, a Clip for each: so any strategy of the result
/// reads every tensor at one width.
Network separate_reads(Network network);

/// The same before every layer that reads at 1 bit; layers that read one tensor share their Clip, which is
/// named after it.
Network split_single_bit_reads(Network network, const Strategy& strategy);

} // namespace tandem
