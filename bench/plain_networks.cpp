#include "plain_networks.h"

#include <utility>
#include <vector>

#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/modules/linear.h>

#include "tandem/core/check.h"

namespace tandem::bench {

namespace {

using torch::Tensor;
namespace nn = torch::nn;

nn::Conv2d convolution(std::int64_t inputs, std::int64_t outputs, std::int64_t kernel, std::int64_t stride) {
    return nn::Conv2d(
        nn::Conv2dOptions(inputs, outputs, kernel).stride(stride).padding(kernel / 2).bias(false));
}

/// How tensors are rounded before they are used: by LibTorch's fake-quantise operator, or not at all.
class Rounding {
  public:
    Rounding() = default;
    explicit Rounding(int bits) : levels_(std::int64_t{1} << bits) {}

    /// What follows an activation function, or images: some range, for time does not depend on it.
    Tensor positive(const Tensor& value) const { return rounded(value, 0); }
    Tensor any(const Tensor& value) const { return rounded(value, -levels_ / 2); }

    Tensor convolve(nn::Conv2d& layer, const Tensor& input) const {
        if (levels_ == 0) return layer(input);
        return torch::conv2d(input, any(layer->weight), {}, layer->options.stride(),
                             layer->weight.size(2) / 2);
    }
    Tensor multiply(nn::Linear& layer, const Tensor& input) const {
        if (levels_ == 0) return layer(input);
        return torch::linear(input, any(layer->weight), layer->bias);
    }

  private:
    Tensor rounded(const Tensor& value, std::int64_t lowest) const {
        if (levels_ == 0) return value;
        return torch::fake_quantize_per_tensor_affine(value, 4.0 / static_cast<double>(levels_), 0, lowest,
                                                      lowest + levels_ - 1);
    }

    std::int64_t levels_ = 0;
};

/// Two convolutions beside a shortcut: a convolution where extents change, or as the CIFAR-10 family has it
/// every second pixel and channels of zeros.
class BlockImpl : public nn::Module {
  public:
    BlockImpl(std::int64_t inputs, std::int64_t outputs, bool projects, Rounding rounding)
        : rounding_(rounding), added_(outputs - inputs),
          first_(convolution(inputs, outputs, 3, added_ > 0 ? 2 : 1)),
          second_(convolution(outputs, outputs, 3, 1)), first_norm_(outputs), second_norm_(outputs) {
        register_module("first", first_);
        register_module("second", second_);
        register_module("first_norm", first_norm_);
        register_module("second_norm", second_norm_);
        if (!projects || added_ == 0) return;
        shortcut_ = register_module("shortcut", convolution(inputs, outputs, 1, 2));
        shortcut_norm_ = register_module("shortcut_norm", nn::BatchNorm2d(outputs));
    }

    Tensor forward(const Tensor& input) {
        const Tensor inner = torch::relu(first_norm_(rounding_.convolve(first_, input)));
        const Tensor body = second_norm_(rounding_.convolve(second_, rounding_.positive(inner)));
        return rounding_.positive(torch::relu(body + beside(input)));
    }

  private:
    Tensor beside(const Tensor& input) {
        if (added_ == 0) return input;
        if (shortcut_) return shortcut_norm_(rounding_.convolve(shortcut_, input));
        const Tensor half = input.slice(2, 0, input.size(2), 2).slice(3, 0, input.size(3), 2);
        return torch::constant_pad_nd(half, {0, 0, 0, 0, added_ / 2, added_ / 2});
    }

    Rounding rounding_;
    std::int64_t added_;
    nn::Conv2d first_;
    nn::Conv2d second_;
    nn::BatchNorm2d first_norm_;
    nn::BatchNorm2d second_norm_;
    nn::Conv2d shortcut_{nullptr};
    nn::BatchNorm2d shortcut_norm_{nullptr};
};
TORCH_MODULE(Block);

class Residual : public PlainNetwork {
  public:
    Residual(int blocks_a_stage, bool projects, Rounding rounding) : rounding_(rounding) {
        register_module("stem", stem_);
        register_module("stem_norm", stem_norm_);
        register_module("classifier", classifier_);
        std::int64_t channels = 16;
        for (const std::int64_t outputs : {16, 32, 64}) {
            for (int i = 0; i < blocks_a_stage; ++i) {
                blocks_.push_back(
                    register_module("block" + std::to_string(blocks_.size()),
                                    Block(std::exchange(channels, outputs), outputs, projects, rounding)));
            }
        }
    }

    Tensor forward(const Tensor& images) override {
        const Tensor stem = stem_norm_(rounding_.convolve(stem_, rounding_.any(images)));
        Tensor value = rounding_.positive(torch::relu(stem));
        for (Block& block : blocks_) value = block(value);
        const Tensor pooled = torch::adaptive_avg_pool2d(value, {1, 1}).flatten(1);
        return rounding_.multiply(classifier_, rounding_.positive(pooled));
    }

  private:
    Rounding rounding_;
    nn::Conv2d stem_ = convolution(3, 16, 3, 1);
    nn::BatchNorm2d stem_norm_{16};
    nn::Linear classifier_{64, 10};
    std::vector<Block> blocks_;
};

class Cnv : public PlainNetwork {
  public:
    Cnv() {
        std::int64_t channels = 3;
        for (const std::int64_t outputs : {64, 64, 128, 128, 256, 256}) {
            const std::string number = std::to_string(convolutions_.size());
            const auto options = nn::Conv2dOptions(std::exchange(channels, outputs), outputs, 3).bias(false);
            convolutions_.push_back(register_module("conv" + number, nn::Conv2d(options)));
            norms_.push_back(register_module("norm" + number, nn::BatchNorm2d(outputs)));
        }
        register_module("first", first_);
        register_module("second", second_);
        register_module("first_norm", first_norm_);
        register_module("second_norm", second_norm_);
        register_module("classifier", classifier_);
    }

    Tensor forward(const Tensor& images) override {
        Tensor value = images;
        for (std::size_t i = 0; i < convolutions_.size(); ++i) {
            value = torch::hardtanh(norms_[i](convolutions_[i](value)));
            if (i == 1 || i == 3) value = torch::max_pool2d(value, 2);
        }
        value = torch::hardtanh(first_norm_(first_(value.flatten(1))));
        return classifier_(torch::hardtanh(second_norm_(second_(value))));
    }

  private:
    std::vector<nn::Conv2d> convolutions_;
    std::vector<nn::BatchNorm2d> norms_;
    nn::Linear first_{256, 512};
    nn::Linear second_{512, 512};
    nn::BatchNorm1d first_norm_{512};
    nn::BatchNorm1d second_norm_{512};
    nn::Linear classifier_{512, 10};
};

std::shared_ptr<PlainNetwork> residual(std::string_view topology, Rounding rounding) {
    if (topology == "resnet8") return std::make_shared<Residual>(1, /*projects=*/true, rounding);
    TANDEM_CHECK(topology == "resnet20", "a residual network that is written here");
    return std::make_shared<Residual>(3, /*projects=*/false, rounding);
}

std::shared_ptr<PlainNetwork> channels_innermost(std::shared_ptr<PlainNetwork> network) {
    for (Tensor& parameter : network->parameters()) {
        if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
    }
    return network;
}

} // namespace

std::shared_ptr<PlainNetwork> plain_network(std::string_view topology) {
    if (topology == "cnv") return channels_innermost(std::make_shared<Cnv>());
    return channels_innermost(residual(topology, Rounding()));
}

std::shared_ptr<PlainNetwork> plain_rounded_network(std::string_view topology, int bits) {
    return channels_innermost(residual(topology, Rounding(bits)));
}

} // namespace tandem::bench
