// The network and the strategy of a TensorFlow Lite file as they grow, operator by operator.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/result.h"
#include "tandem/network/network.h"
#include "tandem/strategy/imported_network.h"
#include "tandem/strategy/strategy.h"
#include "tandem/strategy/tflite/tflite_file.h"
#include "tandem/strategy/tflite/tflite_layers.h"

namespace tandem::tflite_file {

/// Activations are all of 8 bits, and then everything has formats and scales; or all floats, and then 8-bit
/// weights of "hybrid" models count as the floats that they stand for.
class Builder {
  public:
    /// `graph` must outlive it; the type of its input says whether it is quantised.
    Builder(const Graph& graph, std::string file);

    void refuse(std::string place, std::string found, std::string expected) {
        problems_.push_back({file_, std::move(place), std::move(found), std::move(expected)});
    }
    bool has_problems() const { return !problems_.empty(); }

    const TensorView& tensor(std::int32_t index) const {
        return graph_.tensors[static_cast<std::size_t>(index)];
    }
    bool is_written(std::int32_t index) const { return index >= 0 && stated_.contains(tensor(index).name); }

    /// The input; false where it has none of our forms.
    bool add_input(std::int32_t index);
    /// A layer with its parameters, and the activation function that it fuses.
    void add_layer(const OperatorView& view, const std::string& place, const std::string& type,
                   const Weights& weights, std::map<std::string, Attribute> attributes,
                   Activation activation);
    /// A node that writes the operator's output, with the activation function that it fuses.
    void append(const OperatorView& view, const std::string& place, std::string type,
                std::vector<std::string> inputs, std::map<std::string, Attribute> attributes,
                Activation activation);
    /// The mean of rows and columns, to a pixel or to a vector as the file has it.
    void append_mean(const OperatorView& view, const std::string& place);
    /// Zeros beside rows and columns; `pads` as ONNX has them. They belong to the convolution that reads
    /// them.
    void append_pad(const OperatorView& view, const std::string& place, std::vector<std::int64_t> pads);
    /// A Softmax, whose output is never stored in integers.
    void append_softmax(const OperatorView& view, const std::string& place);

    /// Shapes by our own rules, which must be the file's. Errors: all that was refused.
    [[nodiscard]] Result<ImportedNetwork> finish(std::int32_t output);

  private:
    Result<void> leave_out_pads(const Network& network);
    bool add_activation(std::int32_t index);
    std::optional<Shape> shape_of(const TensorView& view);
    bool is_storable(const TensorView& view);
    void clamp_to(Node& clamp, float least, float most);
    std::vector<std::string> add_parameters(const OperatorView& operation, const std::string& place,
                                            const Weights& weights, const std::string& layer);
    bool are_readable(const Weights& weights, const std::string& place);
    bool add_quantized_bias(const TensorView& view, const std::string& place, std::int64_t channels,
                            float input_scale, LayerFormats& formats);
    bool add_float_bias(const TensorView& view, const std::string& place, std::int64_t channels,
                        const std::string& layer);
    const TensorFormat* find_format(std::int32_t index) const;

    const Graph& graph_;
    std::string file_;
    bool is_quantized_;
    Network network_;
    Strategy strategy_;
    std::set<std::string> padded_;        ///< outputs of Pads, which the convolutions that read them take in
    std::map<std::string, Shape> stated_; ///< of every activation so far, channels first
    std::vector<Problem> problems_;
};

} // namespace tandem::tflite_file
