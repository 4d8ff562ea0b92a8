// What quantisation-aware training starts from: a network and a strategy of widths, calibrated.
#pragma once

#include <cstdint>

#include "tandem/core/result.h"
#include "tandem/data/dataset.h"
#include "tandem/network/network.h"
#include "tandem/training/quantization.h"

namespace tandem {

struct QuantizedStart {
    /// As given, but for Clips where a layer reads narrower than is stored; for QuantizationMethod::fixed
    /// prepared for deployment, as radix points are those of folded weights.
    Network network;
    QuantizationSetup setup;
};

/// Calibrates on the first 256 calibration images. `widths` are those of a strategy for the network, whose
/// formats play no part; any method but abc. Errors: those of validate and of calibration; a signed tensor of
/// 1 bit that no layer writes.
[[nodiscard]] Result<QuantizedStart> start_quantized_training(const Network& network, Strategy widths,
                                                              QuantizationMethod method,
                                                              const Dataset& dataset);

/// The same by sums of binary bases (QuantizationMethod::abc): what `widths` gives 1 bit has bases, and what
/// is read at 1 bit is stored in 16. `counts` from 1 to kMaximumBases.
[[nodiscard]] Result<QuantizedStart> start_training_of_bases(const Network& network, Strategy widths,
                                                             const BaseCounts& counts,
                                                             const Dataset& dataset);

struct SupernetStart {
    Network network; ///< as given, but for a Clip before each layer that is not alone in reading its input
    SupernetSetup setup;
};

/// The same for every width of a space, whose lists rise. Errors: as above, of any width.
[[nodiscard]] Result<SupernetStart> start_supernet(const Network& network, PrecisionSpace space,
                                                   const Dataset& dataset);

} // namespace tandem
