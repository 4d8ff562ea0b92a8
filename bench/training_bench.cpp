// What learning to be quantised costs: a forward and a backward pass on one thread in float, and the same of
// a network of 4 bits that learns its steps, taken in turn so that a busy machine slows both.
//
//   training_bench [ROUNDS]
//
// Prints the median time of a batch in float, and the median over the rounds of the ratio to it.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <vector>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include "tandem/codesign/quantized_training.h"
#include "tandem/core/check.h"
#include "tandem/core/random.h"
#include "tandem/network/topologies/topologies.h"
#include "tandem/training/plugin/graph_module.h"
#include "tandem/training/plugin/mixed_precision.h"

namespace {

using namespace tandem; // NOLINT(google-build-using-namespace)

constexpr std::int64_t kImages = 64;

/// Pixels of noise: time does not depend on what they show.
Dataset noise() {
    Images images{.channels = 3, .rows = 32, .columns = 32, .pixels = {}, .labels = {}};
    Random random(1);
    images.labels.assign(kHeldOut + 64, 0);
    images.pixels.resize(images.labels.size() * static_cast<std::size_t>(images.elements()));
    for (std::uint8_t& pixel : images.pixels) pixel = static_cast<std::uint8_t>(random.below(256));
    return {
        .name = "noise", .classes = std::vector<std::string>(10, "class"), .train = images, .test = images};
}

double step_seconds(const GraphModule& module, const torch::Tensor& images, const torch::Tensor& labels,
                    bool is_bfloat16) {
    std::vector<torch::Tensor> parameters = module.weights();
    parameters.insert(parameters.end(), module.offsets().begin(), module.offsets().end());
    const auto begin = std::chrono::steady_clock::now();
    torch::Tensor logits;
    {
        std::optional<BfloatScope> scope;
        if (is_bfloat16) scope.emplace();
        logits = module.forward(images, Mode::training, 0);
    }
    const torch::Tensor loss = torch::cross_entropy_loss(logits.to(torch::kFloat32), labels);
    torch::autograd::grad({loss}, parameters);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + std::ssize(values) / 2, values.end());
    return values[values.size() / 2];
}

void measure(const char* topology, bool is_bfloat16, int rounds, const Dataset& dataset) {
    const Network network =
        find_topology(topology)->build({.input_shape = {kBatch, 3, 32, 32}, .classes = 10, .seed = 1});
    Strategy widths = uniform_strategy(network, 4, 4);
    for (LayerStrategy* layer : {&widths.layers.front(), &widths.layers.back()}) {
        layer->weight_bits = layer->activation_bits = 8;
    }
    const Result<QuantizedStart> start =
        start_quantized_training(network, widths, QuantizationMethod::lsq, dataset);
    TANDEM_CHECK(start.has_value(), "a strategy that fits");
    const GraphModule in_float(network, torch::kCPU, 1);
    const GraphModule quantized(start->network, start->setup, torch::kCPU, 1);
    const torch::Tensor images =
        torch::randn({kImages, 3, 32, 32}).contiguous(torch::MemoryFormat::ChannelsLast);
    const torch::Tensor labels = torch::randint(10, {kImages});
    std::vector<double> seconds;
    std::vector<double> ratios;
    for (int round = -2; round < rounds; ++round) { // the first two warm up
        const double base = step_seconds(in_float, images, labels, is_bfloat16);
        const double ratio = step_seconds(quantized, images, labels, is_bfloat16) / base;
        if (round < 0) continue;
        seconds.push_back(base);
        ratios.push_back(ratio);
    }
    const double base = median(seconds);
    fmt::print("{:<10} {:<8} float {:6.1f} ms, {:6.0f} images/s; lsq {:4.2f} x float\n", topology,
               is_bfloat16 ? "bfloat16" : "float32", 1e3 * base, kImages / base, median(ratios));
}

} // namespace

int main(int argc, char** argv) {
    at::set_num_threads(1);
    const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 15;
    const tandem::Dataset dataset = noise();
    for (const char* topology : {"resnet8", "resnet20"}) {
        measure(topology, false, rounds, dataset);
        if (tandem::has_fast_bfloat16()) measure(topology, true, rounds, dataset);
    }
    return 0;
}
