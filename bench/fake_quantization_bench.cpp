// What the engine's integers bring over the usual ways to score a quantised network: the float network with
// every tensor rounded to its steps, in plain modules of LibTorch with its own fake-quantise operator, and as
// our training has it, with operators of its own that are fused. ResNet-20 of 8 bits, one thread, taken in
// turn so that a busy machine slows all.
//
//   fake_quantization_bench [ROUNDS] [BATCH]
//
// Prints the images a second of each, medians of processor time, and for both ways the median over the rounds
// of how many times as long as the integers they took.
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <ATen/Parallel.h>
#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include "medians.h"
#include "noise_images.h"
#include "plain_networks.h"
#include "tandem/codesign/quantized_training.h"
#include "tandem/core/check.h"
#include "tandem/core/parallel.h"
#include "tandem/engine/calibration.h"
#include "tandem/engine/integer_executor.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/network/topologies/topologies.h"
#include "tandem/training/plugin/graph_module.h"

namespace {

using namespace tandem; // NOLINT(google-build-using-namespace)

constexpr int kBits = 8;

template <class Run> double processor_seconds(const Run& run) {
    const std::clock_t begin = std::clock();
    run();
    return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

/// A way to score, and how long it took each time.
struct Contender {
    std::string name;
    std::function<double()> run;
    std::vector<double> seconds = {};
};

FastProgram integers(const Network& network, std::span<const float> samples) {
    const Network prepared = prepare_for_deployment(network);
    const Result<Calibration> calibration = calibrate(prepared, samples, {kBits});
    TANDEM_CHECK(calibration.has_value(), "a network with an integer form");
    const Strategy widths = uniform_strategy(prepared, kBits, kBits);
    return FastProgram(
        lower_to_integers(prepared, apply_calibration(widths, prepared, *calibration)).value());
}

} // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 11;
    const std::int64_t batch = argc > 2 ? std::atoll(argv[2]) : 128;
    const ThreadLimit one_thread(1);
    at::set_num_threads(1);
    const torch::NoGradGuard no_gradients;
    const torch::Tensor images = torch::randn({batch, 3, 32, 32});
    const torch::Tensor pixels = images.contiguous(torch::MemoryFormat::ChannelsLast);
    const std::shared_ptr<bench::PlainNetwork> plain = bench::plain_rounded_network("resnet20", kBits);
    plain->eval();

    const Network network =
        find_topology("resnet20")->build({.input_shape = {kBatch, 3, 32, 32}, .classes = 10, .seed = 1});
    const Result<QuantizedStart> start = start_quantized_training(
        network, uniform_strategy(network, kBits, kBits), QuantizationMethod::lsq, bench::noise_images());
    TANDEM_CHECK(start.has_value(), "a strategy that fits");
    const GraphModule module(start->network, start->setup, torch::kCPU, 1);
    const std::span<const float> samples(images.data_ptr<float>(), static_cast<std::size_t>(images.numel()));
    const FastProgram program = integers(network, samples);

    const auto once = [](const auto& run) { return [run] { return processor_seconds(run); }; };
    std::vector<Contender> contenders;
    contenders.push_back({"the engine, integers", [&] {
                              constexpr int kRuns = 10;
                              return processor_seconds([&] {
                                         for (int i = 0; i < kRuns; ++i) run_fast(program, samples, batch);
                                     }) /
                                     kRuns;
                          }});
    contenders.push_back({"LibTorch, its fake-quantise", once([&] { plain->forward(pixels); })});
    contenders.push_back(
        {"LibTorch, ours, fused", once([&] { module.forward(pixels, Mode::evaluation, 0); })});
    for (int round = -2; round < rounds; ++round) {
        for (Contender& contender : contenders) contender.seconds.push_back(contender.run());
        if (round >= 0) continue;
        for (Contender& contender : contenders) contender.seconds.clear(); // the first two warm up
    }
    for (const Contender& contender : contenders) {
        fmt::print("ResNet-20, {} bits, batch {}: {:<28} {:6.0f} images/s  {:5.2f} times as long\n", kBits,
                   batch, contender.name, static_cast<double>(batch) / bench::median(contender.seconds),
                   bench::median_ratio(contender.seconds, contenders.front().seconds));
    }
}
