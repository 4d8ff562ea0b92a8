// The Workload: Network x Strategy as loop nests, one LayerWork a layer. This is all a machine
// learns about a network.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "tandem/core/hash.h"
#include "tandem/core/units.h"
#include "tandem/network/network.h"
#include "tandem/strategy/strategy.h"

namespace tandem {

/// The loop dimensions of a layer: batch, output channels, input channels, output rows and
/// columns, filter rows and columns, groups. K and C count the channels of one group.
enum class Dimension { n, k, c, oy, ox, fy, fx, g };
inline constexpr std::size_t kDimensions = 8;
inline constexpr std::array<Dimension, kDimensions> kAllDimensions{
    Dimension::n,  Dimension::k,  Dimension::c,  Dimension::oy,
    Dimension::ox, Dimension::fy, Dimension::fx, Dimension::g};
/// "N", "K", "C", "OY", "OX", "FY", "FX", "G".
std::string_view to_string(Dimension dimension);
/// The place of a dimension in arrays over all of them.
constexpr std::size_t index_of(Dimension dimension) { return static_cast<std::size_t>(dimension); }

/// The operands of a layer.
enum class Operand { weights, inputs, outputs };
inline constexpr std::size_t kOperands = 3;
inline constexpr std::array<Operand, kOperands> kAllOperands{Operand::weights, Operand::inputs,
                                                             Operand::outputs};
std::string_view to_string(Operand operand);
/// The place of an operand in arrays over all of them.
constexpr std::size_t index_of(Operand operand) { return static_cast<std::size_t>(operand); }

/// One layer as a loop nest with operand widths. Two layers of equal LayerWork cost the same on
/// any machine; the layer's name is therefore not in it.
struct LayerWork {
    std::array<std::int64_t, kDimensions - 1> extents{1, 1, 1, 1, 1, 1, 1}; ///< by Dimension, without groups
    std::int64_t groups = 1;
    std::array<std::int64_t, 2> strides{1, 1};
    std::array<std::int64_t, 2> dilations{1, 1};
    std::array<std::int64_t, 2> pads{0, 0}; ///< rows above plus below, columns left plus right
    int weight_bits = kMaximumBits;
    int input_bits = kMaximumBits;
    int output_bits = kMaximumBits; ///< in which the result is stored: the next layer's width

    bool operator==(const LayerWork&) const = default;

    std::int64_t extent(Dimension dimension) const {
        return dimension == Dimension::g ? groups : extents[index_of(dimension)];
    }
    /// Every dimension's extent, by Dimension.
    std::array<std::int64_t, kDimensions> all_extents() const {
        std::array<std::int64_t, kDimensions> all{};
        for (const Dimension dimension : kAllDimensions) all[index_of(dimension)] = extent(dimension);
        return all;
    }
};

/// Multiply-accumulates of the whole layer, all groups.
Operations multiply_accumulates(const LayerWork& work);
/// Elements of an operand, all groups. Inputs without padding, and without rows or columns beyond the
/// last one that an output reads.
std::int64_t elements(const LayerWork& work, Operand operand);
/// The width of an operand.
Bits width(const LayerWork& work, Operand operand);
/// Input rows (or columns) that `outputs` neighbouring outputs and `filter` filter taps touch along
/// one spatial axis (0 rows, 1 columns): (outputs - 1) * stride + (filter - 1) * dilation + 1.
std::int64_t input_extent(const LayerWork& work, std::size_t axis, std::int64_t outputs, std::int64_t filter);

ContentHash content_hash(const LayerWork& work);

struct NamedLayerWork {
    std::string layer;
    LayerWork work;
};

struct Workload {
    std::vector<NamedLayerWork> layers; ///< in network order

    /// Bits of all weights as the strategy stores them.
    Bits weight_storage() const;
};

/// The loop nests of a network prepared for deployment, under a strategy valid for it, at batch size 1.
/// An output's width is that of its format where the strategy is calibrated, else stored_bits().
Workload make_workload(const Network& network, const Strategy& strategy);

} // namespace tandem
