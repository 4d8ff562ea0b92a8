// The bit-serial arrays that a hardware search may choose, and what each costs a fixed workload. The
// cost of a layer depends on its shape, its bits and the array alone, so the whole space is priced once,
// in closed form, and every search reads the table.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tandem/core/fields.h"
#include "tandem/core/result.h"
#include "tandem/machine/bitserial/description.h"
#include "tandem/workload/workload.h"

namespace tandem {

/// The extents to choose from, rising. The defaults are AnaCoNGA's: 147,015 arrays.
struct HardwareSpace {
    std::vector<std::int64_t> rows{2, 4, 6, 8, 10, 12, 14, 16, 32, 48, 64};
    std::vector<std::int64_t> columns{2, 4, 6, 8, 10, 12, 14, 16, 32, 48, 64};
    std::vector<std::int64_t> dot_product_bits{64,  96,  128, 160, 192, 224, 256, 288,
                                               320, 352, 384, 416, 448, 480, 512};
    std::vector<std::int64_t> buffer_words{32, 64, 128, 256, 512, 1024, 2048, 3072, 4096}; ///< of each side

    bool operator==(const HardwareSpace&) const = default;
    std::size_t size() const;
};
void describe(Fields& fields, HardwareSpace& space);
/// Lists that are empty, not rising, or hold what no array can have.
std::vector<Problem> find_problems(const HardwareSpace& space, const std::string& file,
                                   const std::string& place);

/// An array by its place in each of the lists.
struct HardwarePoint {
    std::size_t rows = 0;
    std::size_t columns = 0;
    std::size_t dot_product_bits = 0;
    std::size_t left_words = 0;
    std::size_t right_words = 0;

    bool operator==(const HardwarePoint&) const = default;
};

/// What a hardware search minimises, all at once.
struct HardwareCost {
    std::int64_t compute_cycles = 0;
    std::int64_t dram_bytes = 0;
    std::int64_t luts = 0;
    std::int64_t brams = 0;

    bool operator==(const HardwareCost&) const = default;
    /// No figure worse.
    bool is_at_least_as_good_as(const HardwareCost& other) const {
        return compute_cycles <= other.compute_cycles && dram_bytes <= other.dram_bytes &&
               luts <= other.luts && brams <= other.brams;
    }
};

/// What a design must not exceed; none: anything.
struct HardwareTargets {
    std::optional<std::int64_t> compute_cycles;
    std::optional<std::int64_t> dram_bytes;
    std::optional<std::int64_t> luts;
    std::optional<std::int64_t> brams;

    bool operator==(const HardwareTargets&) const = default;
    bool are_met_by(const HardwareCost& cost) const;
    /// By how much the worst figure exceeds its target, as a share of it; 0 when all are met.
    double excess(const HardwareCost& cost) const;
    /// "1,024 LUTs over the 900 allowed; ...": every target that is missed.
    std::string describe_misses(const HardwareCost& cost) const;
};
void describe(Fields& fields, HardwareTargets& targets);

/// The array of a place; `base` gives what the space does not choose.
bitserial::Description array_at(const HardwareSpace& space, const bitserial::Description& base,
                                const HardwarePoint& point);

/// The space priced for a workload. Immutable.
class HardwareTable {
  public:
    /// Each layer takes the order of operands with less DRAM traffic (then fewer cycles) among those that the
    /// buffers hold. `base` gives what the space does not choose.
    HardwareTable(const Workload& workload, const bitserial::Description& base, HardwareSpace space);

    const HardwareSpace& space() const { return space_; }
    /// None when some layer fits in neither order.
    std::optional<HardwareCost> cost(const HardwarePoint& point) const;
    bitserial::Description machine(const HardwarePoint& point) const {
        return array_at(space_, base_, point);
    }
    std::size_t index(const HardwarePoint& point) const;

  private:
    struct Entry {
        std::int64_t compute_cycles = 0; ///< negative: a layer does not fit
        std::int64_t dram_bits = 0;
    };
    void price(const Workload& workload);

    HardwareSpace space_;
    bitserial::Description base_;
    std::vector<Entry> entries_;
    std::vector<std::int64_t> luts_; ///< by rows, columns, dot product
};

} // namespace tandem
