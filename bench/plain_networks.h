// Reference topologies written the usual way, as modules of LibTorch: what our training step and the engine's
// integers are measured against.
#pragma once

#include <optional>
#include <string_view>

#include <torch/nn/module.h>

namespace tandem::bench {

/// A network from images to logits.
class PlainNetwork : public torch::nn::Module {
  public:
    virtual torch::Tensor forward(const torch::Tensor& images) = 0;
};

/// resnet8, resnet20 or cnv for ten classes, its weights with channels innermost, which is the faster layout.
std::shared_ptr<PlainNetwork> plain_network(std::string_view topology);

/// A residual network of those (resnet8, resnet20) that rounds its images, its weights and what each
/// activation function gives to so many bits, with LibTorch's own operator for it.
std::shared_ptr<PlainNetwork> plain_rounded_network(std::string_view topology, int bits);

} // namespace tandem::bench
