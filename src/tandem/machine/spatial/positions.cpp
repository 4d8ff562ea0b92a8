#include "tandem/machine/spatial/positions.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <vector>

#include "tandem/core/check.h"
#include "tandem/machine/spatial/pieces.h"

namespace tandem::spatial {

namespace {

/// Sum of `value(begin, length)` over the pieces of [begin, end). Away from the padding all full pieces
/// have the same value, which is asked for once.
template <class IsInside, class Value> std::int64_t sum_pieces(std::int64_t begin, std::int64_t end,
                                                               std::int64_t piece, const IsInside& is_inside,
                                                               const Value& value) {
    const std::int64_t full = (end - begin) / piece;
    std::int64_t sum = 0;
    std::int64_t first = 0;
    std::int64_t last = full;
    const auto start = [&](std::int64_t i) { return begin + i * piece; };
    for (; first < last && !is_inside(start(first), piece); ++first) sum += value(start(first), piece);
    for (; last > first && !is_inside(start(last - 1), piece); --last) sum += value(start(last - 1), piece);
    if (first < last) sum += (last - first) * value(start(first), piece);
    if (start(full) < end) sum += value(start(full), end - start(full));
    return sum;
}

/// The same over pieces of pieces: `sizes` from the outside in.
template <class IsInside, class Value>
std::int64_t sum_nested(std::int64_t begin, std::int64_t end, std::span<const std::int64_t> sizes,
                        const IsInside& is_inside, const Value& value) {
    if (sizes.empty()) return value(begin, end - begin);
    return sum_pieces(begin, end, sizes.front(), is_inside, [&](std::int64_t first, std::int64_t length) {
        return sum_nested(first, first + length, sizes.subspan(1), is_inside, value);
    });
}

/// The sizes that cut a dimension down to the pieces of a depth; a pass is the last one.
std::vector<std::int64_t> sizes_to(const Split& split, std::size_t blocks, std::size_t depth) {
    std::vector<std::int64_t> sizes;
    for (std::size_t b = 1; b <= depth && b < blocks; ++b) {
        if (split.tile[b] < split.tile[b - 1]) sizes.push_back(split.tile[b]);
    }
    if (depth == blocks) sizes.push_back(split.words_in_pass() * split.lanes);
    return sizes;
}

/// Pairs (output, tap) whose input position lies inside the image; `first` is the first pair's.
std::int64_t pairs_inside(std::int64_t first, std::int64_t outputs, std::int64_t stride, std::int64_t taps,
                          std::int64_t dilation, std::int64_t size) {
    std::int64_t pairs = 0;
    for (std::int64_t tap = 0; tap < taps; ++tap) {
        const std::int64_t position = first + tap * dilation;
        const std::int64_t skipped = position >= 0 ? 0 : divide_up(-position, stride);
        const std::int64_t before_end = position >= size ? 0 : divide_up(size - position, stride);
        pairs += std::max<std::int64_t>(0, std::min(outputs, before_end) - std::min(outputs, skipped));
    }
    return pairs;
}

/// Distinct positions of `outputs` outputs and `taps` taps on an endless axis, equation (5): positions
/// coincide when the output moves by dilation / g and the tap back by stride / g.
std::int64_t distinct_positions(const LayerWork& work, std::size_t axis, std::int64_t outputs,
                                std::int64_t taps) {
    const std::int64_t common = std::gcd(work.strides[axis], work.dilations[axis]);
    const std::int64_t again_outputs = outputs - work.dilations[axis] / common;
    const std::int64_t again_taps = taps - work.strides[axis] / common;
    if (again_outputs <= 0 || again_taps <= 0) return outputs * taps;
    return outputs * taps - again_outputs * again_taps;
}

} // namespace

std::int64_t covered_inputs(const LayerWork& work, std::size_t axis, std::int64_t first_output,
                            std::int64_t outputs, std::int64_t first_tap, std::int64_t taps,
                            InputPositions positions) {
    switch (positions) {
    case InputPositions::touched: return touched_inputs(work, axis, first_output, outputs, first_tap, taps);
    case InputPositions::bounding_box: {
        const std::int64_t first =
            first_output * work.strides[axis] + first_tap * work.dilations[axis] - padding_before(work, axis);
        const std::int64_t end = first + input_extent(work, axis, outputs, taps);
        return std::max<std::int64_t>(0, std::min(end, image_size(work, axis)) -
                                             std::max<std::int64_t>(first, 0));
    }
    }
    TANDEM_CHECK(false, "positions outside the enumeration");
}

std::int64_t covered_at(const LayerWork& work, std::size_t axis, const Split& outputs, const Split& taps,
                        std::size_t blocks, std::size_t depth, Window window, InputPositions positions) {
    // New columns of a sweep follow each other tap by tap: their boxes are what they touch.
    if (window == Window::sweeps) positions = InputPositions::touched;
    const std::int64_t before = padding_before(work, axis);
    const std::int64_t size = image_size(work, axis);
    const std::int64_t reach = (taps.extent() - 1) * work.dilations[axis];
    const auto is_inside = [&](std::int64_t output, std::int64_t length) {
        const std::int64_t first = output * work.strides[axis] - before;
        return first >= 0 && first + (length - 1) * work.strides[axis] + reach < size;
    };
    const auto everywhere = [](std::int64_t, std::int64_t) { return false; };
    const std::size_t output_depth = window == Window::sweeps ? depth - 1 : depth;
    const std::vector<std::int64_t> output_sizes = sizes_to(outputs, blocks, output_depth);
    const std::vector<std::int64_t> tap_sizes = sizes_to(taps, blocks, depth);
    return sum_nested(
        0, outputs.extent(), output_sizes, is_inside, [&](std::int64_t output, std::int64_t length) {
            return sum_nested(0, taps.extent(), tap_sizes, everywhere,
                              [&](std::int64_t tap, std::int64_t count) {
                                  return covered_inputs(work, axis, output, length, tap, count, positions);
                              });
        });
}

std::int64_t columns_into_elements(const LayerWork& work, const Split& outputs, const Split& taps,
                                   std::size_t blocks, Window window) {
    if (window == Window::jumps) return outputs.extent() * taps.extent();
    const std::vector<Pieces> sweeps = pieces_of(outputs, blocks).back();
    const auto passes = cut(pieces_of(taps, blocks).back(), taps.words_in_pass());
    std::int64_t columns = 0;
    for (const Pieces& sweep : sweeps) {
        for (const Pieces& pass : passes) {
            // One element holds all taps of a pass, or each element one.
            const std::int64_t elements = std::min(taps.unrolled, pass.length);
            columns += sweep.count * pass.count * elements *
                       distinct_positions(work, 1, sweep.length, pass.length / elements);
        }
    }
    return columns;
}

std::int64_t touched_inputs(const LayerWork& work, std::size_t axis, std::int64_t first_output,
                            std::int64_t outputs, std::int64_t first_tap, std::int64_t taps) {
    const std::int64_t stride = work.strides[axis];
    const std::int64_t dilation = work.dilations[axis];
    const std::int64_t size = image_size(work, axis);
    const std::int64_t first = first_output * stride + first_tap * dilation - padding_before(work, axis);
    const std::int64_t last = first + (outputs - 1) * stride + (taps - 1) * dilation;
    if (first >= 0 && last < size) return distinct_positions(work, axis, outputs, taps);
    // As equation (5), but only pairs inside the image: every position is counted at the pair of its
    // smallest output, so pairs that have such a predecessor are taken off.
    const std::int64_t common = std::gcd(stride, dilation);
    const std::int64_t shift = dilation / common;
    const std::int64_t again_taps = std::max<std::int64_t>(0, taps - stride / common);
    const std::int64_t again_outputs = std::max<std::int64_t>(0, outputs - shift);
    return pairs_inside(first, outputs, stride, taps, dilation, size) -
           pairs_inside(first + shift * stride, again_outputs, stride, again_taps, dilation, size);
}

std::int64_t inputs_of_tile(const LayerWork& work, std::size_t axis, std::int64_t outputs, std::int64_t taps,
                            InputPositions positions) {
    const std::int64_t most = positions == InputPositions::touched
                                  ? distinct_positions(work, axis, outputs, taps)
                                  : input_extent(work, axis, outputs, taps);
    return std::min(most, image_size(work, axis));
}

std::int64_t padding_before(const LayerWork& work, std::size_t axis) { return work.pads[axis] / 2; }

std::int64_t image_size(const LayerWork& work, std::size_t axis) {
    constexpr std::array<std::array<Dimension, 2>, 2> kAxes{
        {{Dimension::oy, Dimension::fy}, {Dimension::ox, Dimension::fx}}};
    const std::int64_t padded =
        input_extent(work, axis, work.extent(kAxes[axis][0]), work.extent(kAxes[axis][1]));
    return std::max<std::int64_t>(1, padded - work.pads[axis]);
}

} // namespace tandem::spatial
