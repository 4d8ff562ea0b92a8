// How much of the windows of a step lies inside its input.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "tandem/engine/integer_program.h"

namespace tandem {

/// Along one axis, over all output positions.
struct VisibleAxis {
    std::int64_t outputs = 0;
    std::int64_t kernel = 1;
    std::int64_t inside = 0; ///< filter elements that lie inside
    std::int64_t cut = 0;    ///< positions of which some filter elements lie inside and some do not
    std::int64_t seen = 0;   ///< positions of which any does
    /// Over the positions, vectors of 16 that the inside elements fill, `channels` each.
    std::int64_t vectors = 0;
};

inline VisibleAxis visible_axis(const Window& window, std::size_t axis, std::int64_t input,
                                std::int64_t outputs, std::int64_t channels) {
    constexpr std::int64_t kVector = 16;
    VisibleAxis visible{.outputs = outputs, .kernel = window.kernel[axis]};
    for (std::int64_t output = 0; output < outputs; ++output) {
        const std::int64_t start = output * window.strides[axis] - window.pads_begin[axis];
        std::int64_t inside = 0;
        for (std::int64_t element = 0; element < visible.kernel; ++element) {
            const std::int64_t place = start + element * window.dilations[axis];
            if (place >= 0 && place < input) ++inside;
        }
        visible.inside += inside;
        if (inside > 0) ++visible.seen;
        if (inside > 0 && inside < visible.kernel) ++visible.cut;
        visible.vectors += (inside * channels + kVector - 1) / kVector;
    }
    return visible;
}

/// The windows of a step.
struct VisibleWindows {
    VisibleAxis rows;
    VisibleAxis columns;
    std::int64_t channels = 1; ///< of the input

    std::int64_t places() const { return rows.outputs * columns.outputs; }
    std::int64_t kernel() const { return rows.kernel * columns.kernel; }
    /// Filter elements inside, over all places, of one channel.
    std::int64_t inside() const { return rows.inside * columns.inside; }
};

inline VisibleWindows visible_windows(const Window& window, const Extents& input, const Extents& output) {
    return {.rows = visible_axis(window, 0, input.rows, output.rows, input.channels),
            .columns = visible_axis(window, 1, input.columns, output.columns, input.channels),
            .channels = input.channels};
}

} // namespace tandem
