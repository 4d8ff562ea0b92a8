// Input positions along one axis of a layer: which rows or columns of the image some outputs and filter taps
// touch. docs/spatial-model.md, "Input positions"; its equation numbers are quoted.
#pragma once

#include <cstdint>

#include "tandem/machine/spatial/accounting.h"
#include "tandem/machine/spatial/schedule.h"
#include "tandem/workload/workload.h"

namespace tandem::spatial {

/// Input rows (axis 0) or columns (axis 1) over all pieces at a depth, equation (6). With `sweeps` the
/// pieces of a pass are joined over the outputs of a tile, equation (7).
enum class Window { jumps, sweeps };
std::int64_t covered_at(const LayerWork& work, std::size_t axis, const Split& outputs, const Split& taps,
                        std::size_t blocks, std::size_t depth, Window window, InputPositions positions);

/// Input columns that enter one processing element, over all its filter columns, equation (8).
std::int64_t columns_into_elements(const LayerWork& work, const Split& outputs, const Split& taps,
                                   std::size_t blocks, Window window);

/// Distinct input rows (axis 0) or columns (axis 1) inside the image that `outputs` outputs from
/// `first_output` and `taps` filter taps from `first_tap` touch.
std::int64_t touched_inputs(const LayerWork& work, std::size_t axis, std::int64_t first_output,
                            std::int64_t outputs, std::int64_t first_tap, std::int64_t taps);

/// The same, or all positions of the image between the first and the last of these and of their padding.
std::int64_t covered_inputs(const LayerWork& work, std::size_t axis, std::int64_t first_output,
                            std::int64_t outputs, std::int64_t first_tap, std::int64_t taps,
                            InputPositions positions);

/// The most that `outputs` outputs and `taps` taps can touch of the image, wherever they lie.
std::int64_t inputs_of_tile(const LayerWork& work, std::size_t axis, std::int64_t outputs, std::int64_t taps,
                            InputPositions positions);

/// Rows before the image (axis 0) or columns (axis 1) that are padding: of the sum of an axis's pads the
/// smaller half.
std::int64_t padding_before(const LayerWork& work, std::size_t axis);
/// Rows or columns of the image.
std::int64_t image_size(const LayerWork& work, std::size_t axis);

} // namespace tandem::spatial
