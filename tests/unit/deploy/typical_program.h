// Random networks of the usual kinds, small, under random widths: programs such as people deploy.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "tandem/core/random.h"
#include "tandem/engine/calibration.h"
#include "tandem/engine/integer_program.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/network/topologies/builder.h"

namespace tandem {

/// Draws convolutions, dense and depthwise, residual sums and poolings, and ends in a dense layer.
class TypicalProgram {
  public:
    explicit TypicalProgram(std::uint64_t seed) : random_(seed) {}

    IntegerProgram draw() {
        const std::int64_t size = any({6, 7, 8, 9, 10, 12});
        const TopologyRequest request{
            .input_shape = {kBatch, any({1, 3, 4}), size, size}, .classes = 10, .seed = random_.below(1000)};
        const Network network = prepare_for_deployment(build(request));
        std::vector<float> samples(static_cast<std::size_t>(request.input_shape[1] * size * size * 4));
        for (float& value : samples) value = static_cast<float>(2.0 * random_.uniform() - 1.0);
        Strategy strategy = uniform_strategy(network, 8, 8);
        std::vector<int> widths{kOutputBits};
        const bool is_mixed = random_.below(3) != 0;
        for (LayerStrategy& layer : strategy.layers) {
            if (is_mixed) {
                layer.weight_bits = static_cast<int>(any({2, 3, 4, 4, 6, 8, 8, 12}));
                layer.activation_bits = static_cast<int>(any({3, 4, 6, 8, 8, 8, 12, 16}));
            }
            widths.push_back(layer.weight_bits);
            widths.push_back(layer.activation_bits);
        }
        const Calibration calibration = calibrate(network, samples, widths).value();
        return lower_to_integers(network, apply_calibration(strategy, network, calibration)).value();
    }

  private:
    std::int64_t any(const std::vector<std::int64_t>& values) { return values[random_.below(values.size())]; }

    Network build(const TopologyRequest& request) {
        topologies::Builder builder("typical", request);
        std::string tensor = "input";
        std::int64_t size = request.input_shape[2];
        const std::int64_t blocks = any({2, 3, 4});
        for (std::int64_t block = 0; block < blocks; ++block) {
            const std::string name = "block" + std::to_string(block);
            const std::int64_t kernel = size >= 3 ? any({1, 3, 3, size >= 5 ? 5 : 3}) : 1;
            const std::int64_t stride = size >= 4 ? any({1, 1, 2}) : 1;
            const std::int64_t pad = kernel / 2;
            const std::int64_t channels = any({3, 4, 6, 8, 12, 16, 24, 32});
            tensor = builder.conv_bn_relu(name, tensor, {channels, kernel, stride, pad});
            size = builder.rows(tensor);
            switch (random_.below(5)) {
            case 0:
                tensor = builder.conv_bn_relu(name + ".depthwise", tensor,
                                              {channels, size >= 3 ? 3 : 1, 1, size >= 3 ? 1 : 0, channels});
                break;
            case 1: {
                const std::string beside = builder.conv_bn(name + ".beside", tensor, {channels, 1});
                tensor = builder.plain(name + ".sum", "Add", {beside, tensor});
                break;
            }
            case 2:
                if (size >= 4) {
                    tensor = builder.max_pool(name + ".max", tensor);
                    size = builder.rows(tensor);
                }
                break;
            case 3:
                if (size >= 4) {
                    tensor = builder.average_pool(name + ".mean", tensor);
                    size = builder.rows(tensor);
                }
                break;
            default: break;
            }
        }
        tensor = builder.plain("flat", "Flatten", {tensor});
        builder.gemm("dense", tensor, request.classes, "logits");
        return builder.finish("logits");
    }

    Random random_;
};

} // namespace tandem
