// Where the values of a layer's operands lie in its tensors: what a simulation reads and writes by.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>

#include "tandem/machine/spatial/accounting.h"
#include "tandem/workload/workload.h"

namespace tandem::spatial {

/// Part of a dimension.
struct Range {
    std::int64_t begin = 0;
    std::int64_t length = 1;
};
using Ranges = std::array<Range, kDimensions>;       ///< by Dimension
using Point = std::array<std::int64_t, kDimensions>; ///< by Dimension

/// Places in the tensors of one layer, row-major as Tensors are. The layer outlives its addresses.
class Addresses {
  public:
    Addresses(const LayerWork& work, InputPositions positions);

    std::int64_t weight(const Point& point) const;
    std::int64_t output(const Point& point) const;
    /// None in the padding.
    std::optional<std::int64_t> input(const Point& point) const;
    /// All values of an operand's tile.
    std::set<std::int64_t> tile(Operand operand, const Ranges& ranges) const;

  private:
    void collect(Operand operand, const Ranges& ranges, Point& point, std::size_t next,
                 std::set<std::int64_t>& found) const;
    void collect_boxes(const Ranges& ranges, std::set<std::int64_t>& found) const;

    const LayerWork& work_;
    InputPositions positions_;
    std::array<std::int64_t, 2> image_{};
};

} // namespace tandem::spatial
