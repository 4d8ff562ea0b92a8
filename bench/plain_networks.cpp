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

/// Two convolutions beside a shortcut: a convolution where extents change, or as the CIFAR-10 family has it
/// every second pixel and channels of zeros.
class BlockImpl : public nn::Module {
  public:
    BlockImpl(std::int64_t inputs, std::int64_t outputs, bool projects)
        : added_(outputs - inputs), first_(convolution(inputs, outputs, 3, added_ > 0 ? 2 : 1)),
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
        const Tensor body = second_norm_(second_(torch::relu(first_norm_(first_(input)))));
        return torch::relu(body + beside(input));
    }

  private:
    Tensor beside(const Tensor& input) {
        if (added_ == 0) return input;
        if (shortcut_) return shortcut_norm_(shortcut_(input));
        const Tensor half = input.slice(2, 0, input.size(2), 2).slice(3, 0, input.size(3), 2);
        return torch::constant_pad_nd(half, {0, 0, 0, 0, added_ / 2, added_ / 2});
    }

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
    Residual(int blocks_a_stage, bool projects) {
        register_module("stem", stem_);
        register_module("stem_norm", stem_norm_);
        register_module("classifier", classifier_);
        std::int64_t channels = 16;
        for (const std::int64_t outputs : {16, 32, 64}) {
            for (int i = 0; i < blocks_a_stage; ++i) {
                blocks_.push_back(
                    register_module("block" + std::to_string(blocks_.size()),
                                    Block(std::exchange(channels, outputs), outputs, projects)));
            }
        }
    }

    Tensor forward(const Tensor& images) override {
        Tensor value = torch::relu(stem_norm_(stem_(images)));
        for (Block& block : blocks_) value = block(value);
        return classifier_(torch::adaptive_avg_pool2d(value, {1, 1}).flatten(1));
    }

  private:
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

std::shared_ptr<PlainNetwork> make(std::string_view topology) {
    if (topology == "resnet8") return std::make_shared<Residual>(1, /*projects=*/true);
    if (topology == "resnet20") return std::make_shared<Residual>(3, /*projects=*/false);
    TANDEM_CHECK(topology == "cnv", "a topology that is written here");
    return std::make_shared<Cnv>();
}

} // namespace

std::shared_ptr<PlainNetwork> plain_network(std::string_view topology) {
    std::shared_ptr<PlainNetwork> network = make(topology);
    for (Tensor& parameter : network->parameters()) {
        if (parameter.dim() == 4) parameter.set_data(parameter.contiguous(torch::MemoryFormat::ChannelsLast));
    }
    return network;
}

} // namespace tandem::bench
