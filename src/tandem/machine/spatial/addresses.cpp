#include "tandem/machine/spatial/addresses.h"

#include <algorithm>

#include "tandem/machine/spatial/counts.h"
#include "tandem/machine/spatial/positions.h"

namespace tandem::spatial {

Addresses::Addresses(const LayerWork& work, InputPositions positions) : work_(work), positions_(positions) {
    for (std::size_t axis = 0; axis < 2; ++axis) image_[axis] = image_size(work, axis);
}

std::int64_t Addresses::weight(const Point& point) const {
    std::int64_t key = 0;
    for (const Dimension d : {Dimension::g, Dimension::k, Dimension::c, Dimension::fy, Dimension::fx}) {
        key = key * work_.extent(d) + point[index_of(d)];
    }
    return key;
}

std::int64_t Addresses::output(const Point& point) const {
    std::int64_t key = 0;
    for (const Dimension d : {Dimension::g, Dimension::n, Dimension::k, Dimension::oy, Dimension::ox}) {
        key = key * work_.extent(d) + point[index_of(d)];
    }
    return key;
}

std::optional<std::int64_t> Addresses::input(const Point& point) const {
    const auto at = [&](Dimension dimension) { return point[index_of(dimension)]; };
    const std::int64_t row = at(Dimension::oy) * work_.strides[0] + at(Dimension::fy) * work_.dilations[0] -
                             padding_before(work_, 0);
    const std::int64_t column = at(Dimension::ox) * work_.strides[1] +
                                at(Dimension::fx) * work_.dilations[1] - padding_before(work_, 1);
    if (row < 0 || row >= image_[0] || column < 0 || column >= image_[1]) return std::nullopt;
    std::int64_t key = at(Dimension::g);
    key = key * work_.extent(Dimension::n) + at(Dimension::n);
    key = key * work_.extent(Dimension::c) + at(Dimension::c);
    return (key * image_[0] + row) * image_[1] + column;
}

std::set<std::int64_t> Addresses::tile(Operand operand, const Ranges& ranges) const {
    std::set<std::int64_t> found;
    if (operand == Operand::inputs && positions_ == InputPositions::bounding_box) {
        collect_boxes(ranges, found);
    } else {
        Point point{};
        collect(operand, ranges, point, 0, found);
    }
    return found;
}

void Addresses::collect(Operand operand, const Ranges& ranges, Point& point, std::size_t next,
                        std::set<std::int64_t>& found) const {
    if (next < kDimensions) {
        const bool matters = depends_on(operand, kAllDimensions[next]);
        for (std::int64_t i = 0; i < (matters ? ranges[next].length : 1); ++i) {
            point[next] = ranges[next].begin + i;
            collect(operand, ranges, point, next + 1, found);
        }
        return;
    }
    switch (operand) {
    case Operand::weights: found.insert(weight(point)); return;
    case Operand::inputs:
        if (const auto key = input(point)) found.insert(*key);
        return;
    case Operand::outputs: found.insert(output(point)); return;
    }
}

/// Every position of the image from the first to the last of each axis.
void Addresses::collect_boxes(const Ranges& ranges, std::set<std::int64_t>& found) const {
    const auto range = [&](Dimension dimension) { return ranges[index_of(dimension)]; };
    const auto box = [&](std::size_t axis, Dimension outputs, Dimension taps) {
        const std::int64_t first = range(outputs).begin * work_.strides[axis] +
                                   range(taps).begin * work_.dilations[axis] - padding_before(work_, axis);
        const std::int64_t end = first + input_extent(work_, axis, range(outputs).length, range(taps).length);
        const std::int64_t begin = std::max<std::int64_t>(first, 0);
        return Range{.begin = begin, .length = std::min(end, image_[axis]) - begin};
    };
    const Range rows = box(0, Dimension::oy, Dimension::fy);
    const Range columns = box(1, Dimension::ox, Dimension::fx);
    const std::array<Range, 5> sides{range(Dimension::g), range(Dimension::n), range(Dimension::c), rows,
                                     columns};
    const std::array<std::int64_t, 5> extents{work_.groups, work_.extent(Dimension::n),
                                              work_.extent(Dimension::c), image_[0], image_[1]};
    std::set<std::int64_t> keys{0};
    for (std::size_t side = 0; side < sides.size(); ++side) {
        std::set<std::int64_t> longer;
        for (const std::int64_t key : keys) {
            for (std::int64_t i = 0; i < sides[side].length; ++i) {
                longer.insert(key * extents[side] + sides[side].begin + i);
            }
        }
        keys = std::move(longer);
    }
    found.merge(keys);
}

} // namespace tandem::spatial
