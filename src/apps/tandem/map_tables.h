// The tables of `tandem map`: a network's cost a layer, and what a loop nest of one layer occupies and waits
// for.
#pragma once

#include <string>

#include "tandem/machine/cost.h"
#include "tandem/machine/layer_model.h"

namespace tandem::app {

/// A row a layer: cycles, utilisation, the energy of its arithmetic and of each memory; then totals.
std::string cost_text(const Cost& cost);

/// Bytes of each operand in each memory, and values read and written there, under a loop nest; empty where
/// the machine's model knows none.
std::string occupancy_text(const LayerModel& model, const Mapping& mapping, const LayerCost& cost);

/// What each level adds to the time, under a loop nest; empty where tiles were not followed.
std::string latency_text(const LayerCost& cost);

} // namespace tandem::app
