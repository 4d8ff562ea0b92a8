// What a training step costs: forward, backward and the optimiser on one thread, taken in turn so that a busy
// machine slows all alike. Plain modules of LibTorch; our step in float; that of a network of 4 bits that
// learns its steps (lsq, 8 bits in the first and last layer); and, where tiles multiply bfloat16, ours in
// bfloat16.
//
//   training_bench [ROUNDS]
//
// Prints the median images a second of each, and the medians over the rounds of how many times as long as our
// float step the others took.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <vector>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/optim/sgd.h>

#include "medians.h"
#include "noise_images.h"
#include "plain_networks.h"
#include "tandem/codesign/quantized_training.h"
#include "tandem/core/check.h"
#include "tandem/network/topologies/topologies.h"
#include "tandem/training/plugin/graph_module.h"
#include "tandem/training/plugin/mixed_precision.h"
#include "tandem/training/plugin/optimizer.h"

namespace {

using namespace tandem; // NOLINT(google-build-using-namespace)

constexpr std::int64_t kImages = 64;

/// A way to train: what its step computes, and the optimiser of its parameters.
struct Contender {
    std::string name;
    std::function<torch::Tensor()> logits;
    std::unique_ptr<torch::optim::Optimizer> optimizer;
    std::vector<double> seconds = {};

    void step(const torch::Tensor& labels) {
        const auto begin = std::chrono::steady_clock::now();
        optimizer->zero_grad();
        torch::cross_entropy_loss(logits().to(torch::kFloat32), labels).backward();
        optimizer->step();
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begin;
        seconds.push_back(taken.count());
    }
};

QuantizedStart start_few_bits(const Network& network, const Dataset& dataset) {
    Strategy widths = uniform_strategy(network, 4, 4);
    for (LayerStrategy* layer : {&widths.layers.front(), &widths.layers.back()}) {
        layer->weight_bits = layer->activation_bits = 8;
    }
    Result<QuantizedStart> start =
        start_quantized_training(network, widths, QuantizationMethod::lsq, dataset);
    TANDEM_CHECK(start.has_value(), "a strategy that fits");
    return std::move(*start);
}

void measure(const char* topology, int rounds, const Dataset& dataset) {
    const Network network =
        find_topology(topology)->build({.input_shape = {kBatch, 3, 32, 32}, .classes = 10, .seed = 1});
    const QuantizedStart few_bits = start_few_bits(network, dataset);
    const TrainJob job;
    const GraphModule ours(network, torch::kCPU, 1);
    const GraphModule quantized(few_bits.network, few_bits.setup, torch::kCPU, 1);
    const std::shared_ptr<bench::PlainNetwork> plain = bench::plain_network(topology);
    const torch::Tensor images =
        torch::randn({kImages, 3, 32, 32}).contiguous(torch::MemoryFormat::ChannelsLast);
    const torch::Tensor labels = torch::randint(10, {kImages});
    const auto forward = [&](const GraphModule& module) { return module.forward(images, Mode::training, 0); };
    std::vector<Contender> contenders;
    contenders.push_back({"ours, float32", [&] { return forward(ours); }, make_optimizer(ours, job)});
    contenders.push_back(
        {"plain LibTorch, float32", [&] { return plain->forward(images); },
         std::make_unique<torch::optim::SGD>(plain->parameters(), torch::optim::SGDOptions(job.learning_rate)
                                                                      .momentum(job.momentum)
                                                                      .weight_decay(job.weight_decay))});
    contenders.push_back(
        {"ours, 4 bits", [&] { return forward(quantized); }, make_optimizer(quantized, job)});
    if (has_fast_bfloat16()) {
        const auto narrow = [&](const GraphModule& module) {
            const BfloatScope scope;
            return forward(module);
        };
        contenders.push_back(
            {"ours, bfloat16", [&, narrow] { return narrow(ours); }, make_optimizer(ours, job)});
        contenders.push_back({"ours, 4 bits, bfloat16", [&, narrow] { return narrow(quantized); },
                              make_optimizer(quantized, job)});
    }
    for (int round = -2; round < rounds; ++round) {
        for (Contender& contender : contenders) contender.step(labels);
        if (round >= 0) continue;
        for (Contender& contender : contenders) contender.seconds.clear(); // the first two warm up
    }
    for (const Contender& contender : contenders) {
        fmt::print("{:<9} {:<24} {:6.0f} images/s  {:4.2f} times as long\n", topology, contender.name,
                   kImages / bench::median(contender.seconds),
                   bench::median_ratio(contender.seconds, contenders.front().seconds));
    }
}

} // namespace

int main(int argc, char** argv) {
    at::set_num_threads(1);
    const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 15;
    const tandem::Dataset dataset = bench::noise_images();
    for (const char* topology : {"resnet8", "resnet20", "cnv"}) measure(topology, rounds, dataset);
    return 0;
}
