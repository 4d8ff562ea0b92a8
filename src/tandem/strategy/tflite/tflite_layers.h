// The layers of TensorFlow Lite in ONNX's terms: sliding windows, and weights in another order.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "tandem/network/network.h"
#include "tandem/strategy/tflite/tflite_file.h"

namespace tandem::tflite_file {

/// One axis of a sliding window, in the terms of the file.
struct Axis {
    std::int64_t input;
    std::int64_t kernel;
    std::int64_t stride;
    std::int64_t dilation;
};

/// Strides and pads as ONNX wants them. With `same` there are as many outputs as strides in the input, and
/// the odd element of padding is at the end.
std::map<std::string, Attribute> window_attributes(const Axis& rows, const Axis& columns, Padding padding);

/// A layer's weights as the file has them, with where an element of the file goes.
struct Weights {
    const TensorView* view = nullptr;
    Shape shape;           ///< as ONNX wants it, the output channel first
    std::int64_t axis = 0; ///< of the output channel in the file
    Shape order; ///< by dimension of `shape`, the file's dimension; -1: of one element, not in the file
};

/// The values of float weights, or of 8-bit ones of zero point 0, in the order of `shape`, row by row.
std::vector<float> dequantized(const Weights& weights);

} // namespace tandem::tflite_file
