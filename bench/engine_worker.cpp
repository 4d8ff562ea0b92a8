// engine_worker: one side of bench/runtime_comparison.py. Runs a network again and again, as it is told to.
//     engine_worker NETWORK BATCH LOWEST HIGHEST QDQ
// Inputs are noise between LOWEST and HIGHEST: kernels take the same time for noise as for pictures.
// Calibrates 8, 4 and 2 bits by powers of two and 8 bits with scales, writes the last as the file QDQ, and
// says "ready" and what it can run: "float", and where all of the network has an integer form numbers of bits
// and "scales". Then reads lines of one of these and how many times; answers each with the processor time in
// seconds.
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tandem/core/files.h"
#include "tandem/core/parallel.h"
#include "tandem/core/random.h"
#include "tandem/engine/calibration.h"
#include "tandem/engine/float_executor.h"
#include "tandem/engine/fusion.h"
#include "tandem/engine/integer_executor.h"
#include "tandem/network/onnx/quantized_onnx.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/strategy/import.h"
#include "tandem/strategy/onnx_form.h"

namespace {

using namespace tandem;

const std::vector<int> kWidths{8, 4, 2};
constexpr std::int64_t kCalibrationSamples = 16;

template <class T> T expect(Result<T> result) {
    if (!result) {
        std::cerr << to_string(result.error()) << '\n';
        std::exit(1);
    }
    return take_value(std::move(result));
}

std::vector<float> noise(std::int64_t count, float lowest, float highest) {
    Random random(1);
    std::vector<float> values(static_cast<std::size_t>(count));
    for (float& value : values) value = lowest + (highest - lowest) * static_cast<float>(random.uniform());
    return values;
}

double seconds_of_processor() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

int serve(const std::map<std::string, std::function<void()>>& runs) {
    std::cout << "ready";
    for (const auto& [name, run] : runs) std::cout << ' ' << name;
    std::cout << std::endl;
    std::string what;
    int times = 0;
    while (std::cin >> what >> times) {
        const auto run = runs.find(what);
        if (run == runs.end()) return 2;
        const double start = seconds_of_processor();
        for (int i = 0; i < times; ++i) run->second();
        std::cout << fmt::format("{}", seconds_of_processor() - start) << std::endl;
    }
    return 0;
}

} // namespace

int main(int argc, char** argv) {
    if (argc != 6) {
        std::cerr << "usage: engine_worker NETWORK BATCH LOWEST HIGHEST QDQ\n";
        return 2;
    }
    const ThreadLimit one_thread(1);
    const Network network = prepare_for_deployment(expect(import_network(argv[1])).network);
    const std::int64_t batch = std::atoll(argv[2]);
    const std::int64_t elements = elements_per_sample(network.shape(network.inputs.front()));
    const std::vector<float> samples = noise(std::max(batch, kCalibrationSamples) * elements,
                                             std::strtof(argv[3], nullptr), std::strtof(argv[4], nullptr));
    const auto input = std::span(samples).first(static_cast<std::size_t>(batch * elements));

    const FloatExecutor in_float = expect(FloatExecutor::create(network));
    std::map<std::string, std::function<void()>> runs{{"float", [&] { in_float.run(input, batch); }}};
    if (!plan_fusion(network)) return serve(runs);
    const auto some = std::span(samples).first(static_cast<std::size_t>(kCalibrationSamples * elements));
    const auto calibration = expect(calibrate(network, some, kWidths));
    const auto add = [&](const std::string& name, const Strategy& strategy) {
        const auto program = std::make_shared<FastProgram>(expect(lower_to_integers(network, strategy)));
        runs.emplace(name, [=] { run_fast(*program, input, batch); });
    };
    for (const int bits : kWidths) {
        add(fmt::format("{}", bits),
            apply_calibration(uniform_strategy(network, bits, bits), network, calibration));
    }
    const Strategy scaled = expect(calibrate_scales(uniform_strategy(network, 8, 8), network, some, {}));
    add("scales", scaled);
    const auto form = expect(to_onnx_form(network, scaled, QuantizedOnnxForm::qdq));
    expect(write_file(argv[5], emit_quantized_onnx(form, QuantizedOnnxForm::qdq), Existing::replace));
    return serve(runs);
}
