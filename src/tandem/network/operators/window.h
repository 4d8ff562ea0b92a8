// Sliding windows of convolutions and poolings: their attributes and the extents they give.
#pragma once

#include "tandem/network/operators/rule_support.h"

namespace tandem::operators {

/// The largest kernel, stride, dilation or pad. Far above any real one, and small enough that sums and
/// products of a few of them with an extent stay far below 2^63.
inline constexpr std::int64_t kMaximumWindow = std::int64_t{1} << 16;

/// ONNX's ceil_mode: whether a last window may hang over the end of the padded input.
enum class Rounding { down, up };

/// Where the kernel's extents come from.
enum class KernelSource { attribute, weights };

/// Reads the window of a node whose first input is (batch, channels, rows, columns) and resolves
/// auto_pad and rounding into explicit pads. With KernelSource::weights the second input is
/// (outputs, inputs, rows, columns), and a kernel_shape attribute must agree with it.
Judged<Window> read_window(const OperatorCall& call, KernelSource source, Rounding rounding);

/// Rows (axis 0) or columns (1) that one placement of the window spans.
std::int64_t spanned(const Window& window, std::size_t axis);

/// {batch, channels, rows, columns} after the window slid over `input`; the window must fit, which
/// read_window saw to.
Shape slide(const Window& window, const Shape& input, std::int64_t channels);

} // namespace tandem::operators
