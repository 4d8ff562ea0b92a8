// TensorFlow Lite files for tests, table by table.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tandem/strategy/tflite/tflite_generated.h"

namespace tandem {

/// Gathers tensors and operators; finish() gives the file's bytes.
class TfliteModel {
  public:
    using Shape = std::vector<std::int32_t>;
    template <class T> using Offset = flatbuffers::Offset<T>;

    std::int32_t activation(const std::string& name, const Shape& shape, float scale, std::int64_t zero_point,
                            tflite_file::TensorType type = tflite_file::TensorType::int8) {
        return add(name, shape, type, {}, {scale}, {zero_point}, 0);
    }
    std::int32_t weights(const std::string& name, const Shape& shape,
                         const std::vector<std::int8_t>& integers, const std::vector<float>& scales,
                         std::int32_t axis) {
        const std::vector<std::uint8_t> bytes(integers.begin(), integers.end());
        return add(name, shape, tflite_file::TensorType::int8, bytes, scales,
                   std::vector<std::int64_t>(scales.size(), 0), axis);
    }
    /// An activation, or with values a constant.
    std::int32_t floats(const std::string& name, const Shape& shape, const std::vector<float>& values) {
        const auto* const first = reinterpret_cast<const std::uint8_t*>(values.data());
        const std::vector<std::uint8_t> bytes(first, first + values.size() * sizeof(float));
        return add(name, shape, tflite_file::TensorType::float32, bytes, {}, {}, 0);
    }
    std::int32_t bias(const std::string& name, const std::vector<std::int32_t>& integers) {
        return integers_of(name, {static_cast<std::int32_t>(integers.size())}, integers);
    }
    /// A constant: axes, or amounts of padding.
    std::int32_t integers_of(const std::string& name, const Shape& shape,
                             const std::vector<std::int32_t>& integers) {
        const auto* const first = reinterpret_cast<const std::uint8_t*>(integers.data());
        const std::vector<std::uint8_t> bytes(first, first + integers.size() * sizeof(std::int32_t));
        return add(name, shape, tflite_file::TensorType::int32, bytes, {}, {}, 0);
    }

    void conv(std::vector<std::int32_t> inputs, std::int32_t output, tflite_file::Padding padding,
              std::int32_t stride, tflite_file::Activation activation) {
        apply(3, std::move(inputs), output, tflite_file::Options::Conv2DOptions,
              tflite_file::CreateConv2DOptions(builder_, padding, stride, stride, activation).Union());
    }
    void depthwise(std::vector<std::int32_t> inputs, std::int32_t output, tflite_file::Padding padding) {
        apply(4, std::move(inputs), output, tflite_file::Options::DepthwiseConv2DOptions,
              tflite_file::CreateDepthwiseConv2DOptions(builder_, padding, 1, 1, 1).Union());
    }
    void dense(std::vector<std::int32_t> inputs, std::int32_t output) {
        apply(9, std::move(inputs), output, tflite_file::Options::FullyConnectedOptions,
              tflite_file::CreateFullyConnectedOptions(builder_).Union());
    }
    void add(std::vector<std::int32_t> inputs, std::int32_t output) {
        apply(0, std::move(inputs), output, tflite_file::Options::AddOptions,
              tflite_file::CreateAddOptions(builder_).Union());
    }
    void average_pool(std::int32_t input, std::int32_t output, std::int32_t extent) {
        apply(1, {input}, output, tflite_file::Options::Pool2DOptions,
              tflite_file::CreatePool2DOptions(builder_, tflite_file::Padding::valid, extent, extent, extent,
                                               extent)
                  .Union());
    }
    void max_pool(std::int32_t input, std::int32_t output, std::int32_t extent, std::int32_t stride) {
        apply(17, {input}, output, tflite_file::Options::Pool2DOptions,
              tflite_file::CreatePool2DOptions(builder_, tflite_file::Padding::valid, stride, stride, extent,
                                               extent)
                  .Union());
    }
    void softmax(std::int32_t input, std::int32_t output) {
        apply(25, {input}, output, tflite_file::Options::SoftmaxOptions,
              tflite_file::CreateSoftmaxOptions(builder_, 1.0F).Union());
    }
    void reshape(std::int32_t input, std::int32_t output) {
        apply(22, {input}, output, tflite_file::Options::NONE, 0);
    }
    /// Any operator, without options.
    void other(std::int32_t operation, std::vector<std::int32_t> inputs, std::int32_t output) {
        apply(operation, std::move(inputs), output, tflite_file::Options::NONE, 0);
    }

    std::string finish(std::vector<std::int32_t> inputs, std::vector<std::int32_t> outputs) {
        const auto subgraph =
            tflite_file::CreateSubGraphDirect(builder_, &tensors_, &inputs, &outputs, &operators_, "main");
        const std::vector<Offset<tflite_file::SubGraph>> subgraphs{subgraph};
        tflite_file::FinishModelBuffer(
            builder_, tflite_file::CreateModelDirect(builder_, 3, &codes_, &subgraphs, "test", &buffers_));
        return {reinterpret_cast<const char*>(builder_.GetBufferPointer()), builder_.GetSize()};
    }

  private:
    std::int32_t add(const std::string& name, const Shape& shape, tflite_file::TensorType type,
                     const std::vector<std::uint8_t>& bytes, const std::vector<float>& scales,
                     const std::vector<std::int64_t>& zero_points, std::int32_t axis) {
        const auto quantization = tflite_file::CreateQuantizationParametersDirect(
            builder_, nullptr, nullptr, &scales, &zero_points, 0, 0, axis);
        buffers_.push_back(tflite_file::CreateBufferDirect(builder_, &bytes));
        tensors_.push_back(tflite_file::CreateTensorDirect(builder_, &shape, type,
                                                           static_cast<std::uint32_t>(buffers_.size() - 1),
                                                           name.c_str(), quantization));
        return static_cast<std::int32_t>(tensors_.size() - 1);
    }

    void apply(std::int32_t code, std::vector<std::int32_t> inputs, std::int32_t output,
               tflite_file::Options type, Offset<void> options) {
        codes_.push_back(tflite_file::CreateOperatorCode(builder_, 0, 0, 1, code));
        const std::vector<std::int32_t> outputs{output};
        operators_.push_back(tflite_file::CreateOperatorDirect(
            builder_, static_cast<std::uint32_t>(codes_.size() - 1), &inputs, &outputs, type, options));
    }

    flatbuffers::FlatBufferBuilder builder_;
    std::vector<Offset<tflite_file::Tensor>> tensors_;
    std::vector<Offset<tflite_file::Buffer>> buffers_;
    std::vector<Offset<tflite_file::OperatorCode>> codes_;
    std::vector<Offset<tflite_file::Operator>> operators_;
};

/// A residual network of every operator but a maximum: 1x2x2x2 int8 in, three classes out.
inline std::string small_tflite_model() {
    using namespace tflite_file;
    TfliteModel model;
    const auto input = model.activation("input", {1, 2, 2, 2}, 0.5F, -128);
    const auto wide = model.activation("wide", {1, 2, 2, 2}, 0.25F, -128);
    const auto deep = model.activation("deep", {1, 2, 2, 2}, 0.125F, 3);
    const auto sum = model.activation("sum", {1, 2, 2, 2}, 0.3F, -20);
    const auto mean = model.activation("mean", {1, 1, 1, 2}, 0.3F, -20);
    const auto vector = model.activation("vector", {1, 2}, 0.3F, -20);
    const auto logits = model.activation("logits", {1, 3}, 0.1F, 5);
    const auto classes = model.activation("classes", {1, 3}, 1.0F / 256.0F, -128);
    const auto conv = model.weights("conv", {2, 1, 1, 2}, {10, -20, 30, 40}, {0.01F, 0.02F}, 0);
    const auto conv_bias = model.bias("conv_bias", {7, -1'000'000'001});
    const auto depthwise = model.weights("depthwise", {1, 1, 2, 2}, {1, 2, 3, 4}, {0.25F, 0.5F}, 3);
    const auto depthwise_bias = model.bias("depthwise_bias", {5, -6});
    const auto dense = model.weights("dense", {3, 2}, {1, 2, 3, 4, 5, 6}, {0.5F}, 0);
    model.conv({input, conv, conv_bias}, wide, Padding::same, 1, Activation::relu6);
    model.depthwise({wide, depthwise, depthwise_bias}, deep, Padding::same);
    model.add({wide, deep}, sum);
    model.average_pool(sum, mean, 2);
    model.reshape(mean, vector);
    model.dense({vector, dense, -1}, logits);
    model.softmax(logits, classes);
    return model.finish({input}, {classes});
}

} // namespace tandem
