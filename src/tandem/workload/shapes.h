// Layers as people write them: "N=1 K=64 C=3 OY=112 OX=112 FY=7 FX=7 SY=2 SX=2", and tables of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/result.h"
#include "tandem/workload/workload.h"

namespace tandem {

/// One layer from words "KEY=value": the dimensions N K C OY OX FY FX G, strides SY SX, dilations DY DX, pads
/// PT PB (above, below) and PL PR (left, right). What is left out is 1, a pad 0. K and C count the
/// channels of one group. Operands have kMaximumBits. Errors name `source`: unknown or repeated keys, values
/// that are no positive integers below 2^31, pads that leave no input.
[[nodiscard]] Result<LayerWork> parse_layer_shape(std::string_view text, const std::string& source);

/// A comma-separated table of such layers, its first line the keys; '#' starts a comment line. A column
/// `name` names the layers, else they are numbered from 1. Columns of other names are refused. Empty cells
/// are left out.
[[nodiscard]] Result<std::vector<NamedLayerWork>> parse_layer_table(std::string_view text,
                                                                    const std::string& file);

} // namespace tandem
