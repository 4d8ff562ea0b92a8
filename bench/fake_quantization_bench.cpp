// What the engine's integers bring over the usual way to score a quantised network: the float network with
// every tensor rounded to its steps, in LibTorch. ResNet-20 of 8 bits, one thread, taken in turn so that a
// busy machine slows both.
//
//   fake_quantization_bench [ROUNDS] [BATCH]
//
// Prints the images a second of each, medians of processor time, and the median over the rounds of their
// ratio.
#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <vector>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include "tandem/codesign/quantized_training.h"
#include "tandem/core/check.h"
#include "tandem/core/parallel.h"
#include "tandem/core/random.h"
#include "tandem/engine/calibration.h"
#include "tandem/engine/integer_executor.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/network/topologies/topologies.h"
#include "tandem/training/plugin/graph_module.h"

namespace {

using namespace tandem; // NOLINT(google-build-using-namespace)

constexpr int kBits = 8;

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

template <class Run> double processor_seconds(const Run& run) {
    const std::clock_t begin = std::clock();
    run();
    return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

double median(std::vector<double> values) {
    std::nth_element(values.begin(), values.begin() + std::ssize(values) / 2, values.end());
    return values[values.size() / 2];
}

} // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 11;
    const std::int64_t batch = argc > 2 ? std::atoll(argv[2]) : 128;
    const ThreadLimit one_thread(1);
    at::set_num_threads(1);
    const Network network =
        find_topology("resnet20")->build({.input_shape = {kBatch, 3, 32, 32}, .classes = 10, .seed = 1});
    const Strategy widths = uniform_strategy(network, kBits, kBits);
    const Result<QuantizedStart> start =
        start_quantized_training(network, widths, QuantizationMethod::lsq, noise());
    TANDEM_CHECK(start.has_value(), "a strategy that fits");
    const GraphModule module(start->network, start->setup, torch::kCPU, 1);
    const torch::Tensor images = torch::randn({batch, 3, 32, 32});
    const torch::Tensor pixels = images.contiguous(torch::MemoryFormat::ChannelsLast);

    const Network prepared = prepare_for_deployment(network);
    const std::span<const float> samples(images.data_ptr<float>(), static_cast<std::size_t>(images.numel()));
    const Result<Calibration> calibration = calibrate(prepared, samples, {kBits});
    TANDEM_CHECK(calibration.has_value(), "a network with an integer form");
    const FastProgram program(
        lower_to_integers(prepared,
                          apply_calibration(uniform_strategy(prepared, kBits, kBits), prepared, *calibration))
            .value());

    std::vector<double> rounded;
    std::vector<double> integers;
    std::vector<double> ratios;
    for (int round = -2; round < rounds; ++round) { // the first two warm up
        constexpr int kRuns = 10;
        const double in_torch = processor_seconds([&] {
            const torch::NoGradGuard no_gradients;
            module.forward(pixels, Mode::evaluation, 0);
        });
        const double in_integers = processor_seconds([&] {
                                       for (int run = 0; run < kRuns; ++run)
                                           run_fast(program, samples, batch);
                                   }) /
                                   kRuns;
        if (round < 0) continue;
        rounded.push_back(in_torch);
        integers.push_back(in_integers);
        ratios.push_back(in_torch / in_integers);
    }
    const auto rate = [&](const std::vector<double>& seconds) {
        return static_cast<double>(batch) / median(seconds);
    };
    fmt::print("ResNet-20, {} bits, batch {}: LibTorch, rounded {:.0f} images/s; the engine {:.0f} images/s; "
               "{:.1f} times as many\n",
               kBits, batch, rate(rounded), rate(integers), median(ratios));
}
