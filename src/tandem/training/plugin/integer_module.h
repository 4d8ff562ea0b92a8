// The integer program of a network with scales, computed by LibTorch: what training validates is what the
// engine will compute, integer for integer, at LibTorch's speed and on its devices.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <torch/types.h>

#include "tandem/network/network.h"
#include "tandem/network/operators/operators.h"
#include "tandem/strategy/strategy.h"
#include "tandem/training/plugin/lowerings.h"

namespace tandem {

class IntegerModule {
  public:
    /// `network` is prepared for deployment, `strategy` calibrated for it with scales whose requantization is
    /// `floating` (docs/integer-semantics.md, "Float factors"), the zero point of the input 0.
    IntegerModule(Network network, const Strategy& strategy, torch::Device device);

    /// Images (N, C, H, W) to the integers of the logits, (N, classes), as floats.
    torch::Tensor forward(const torch::Tensor& images) const;

  private:
    /// A layer's integers, as floats: single precision where that holds every sum, else double.
    struct Layer {
        torch::Tensor weights;
        torch::Tensor bias;
        torch::Tensor scales; ///< of the weights, float32, to be multiplied with a tensor's channels
    };
    enum class State {
        stored,  ///< integers less their zero point, at `scale`
        product, ///< to be multiplied by `scale` over that of the output
        real,    ///< to be divided by the scale of the output
    };
    struct Value {
        torch::Tensor numbers;
        torch::Tensor scale;
        State state = State::stored;
        std::vector<ClipBounds> clamps = {}; ///< before it is stored
    };

    Layer make_layer(const Node& node, const LayerFormats& formats, const Strategy& strategy) const;
    Value compute(const Node& node, const std::map<std::string, Value>& values) const;
    Value mean(const Node& node, const Value& input) const;
    Value stored(const TensorFormat& format, const Value& value) const;
    torch::Tensor lower(const Node& node, std::vector<torch::Tensor> inputs) const;

    Network network_;
    torch::Device device_;
    std::string logits_;
    std::map<std::string, TensorFormat> formats_; ///< by stored tensor
    std::map<std::string, Layer> layers_;         ///< by node
};

} // namespace tandem
