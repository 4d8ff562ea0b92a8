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

/// The first input of a node that slides over one or two spatial dimensions: (batch, channels, [rows,]
/// columns). One dimension counts as columns of a single row.
Judged<Shape> spatial_activation(const OperatorCall& call);
/// That shape, or one of weights, with its single row written down.
Shape as_image(const Shape& shape);

/// A list attribute with one entry a spatial dimension, as rows and columns: `otherwise` where the node has
/// none, and for the row of a single dimension.
Judged<std::array<std::int64_t, 2>> window_pair(const OperatorCall& call, std::string_view name,
                                                std::int64_t otherwise);

/// Kernel (of the weights), strides, dilations and pads as a node states them: auto_pad is left to the
/// caller.
Judged<Window> read_plain_window(const OperatorCall& call);

/// Reads the window of a node whose first input is spatial_activation() and resolves auto_pad and rounding
/// into explicit pads. With KernelSource::weights the second input is (outputs, inputs, [rows,] columns),
/// and a kernel_shape attribute must agree with it.
Judged<Window> read_window(const OperatorCall& call, KernelSource source, Rounding rounding);

/// Rows (axis 0) or columns (1) that one placement of the window spans.
std::int64_t spanned(const Window& window, std::size_t axis);

/// {batch, channels, [rows,] columns} after the window slid over `input`; the window must fit, which
/// read_window saw to.
Shape slide(const Window& window, const Shape& input, std::int64_t channels);

/// The shape rule of a pooling over all positions.
Judged<Shape> infer_global_pool(const OperatorCall& call);

} // namespace tandem::operators
