#include "tandem/codesign/post_training_quantization.h"

#include "tandem/engine/post_training.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/strategy/narrow_reads.h"

namespace tandem {

Result<QuantizedNetwork> quantize_after_training(const Experiment& experiment, Strategy strategy,
                                                 const std::optional<ScaleOptions>& scales,
                                                 const PostTraining& changes) {
    strategy.calibrated.reset();
    if (!changes.changes_network() && !scales) return quantize(experiment, std::move(strategy));
    if (changes.changes_network() && (experiment.supernet || experiment.strategy)) {
        return bad_input("the network", "", experiment.supernet ? "a supernet" : "one that comes quantised",
                         "one of float weights, which may be changed");
    }
    Experiment exact = experiment;
    if (scales) exact.network = split_narrow_reads(std::move(exact.network), strategy);
    if (changes.equalizes) exact.network = equalize_layers(std::move(exact.network));
    QuantizedNetwork quantized{exact.network, {}};
    if (scales) {
        quantized.strategy = TANDEM_TRY(calibrate_scales(exact, std::move(strategy), *scales));
    } else {
        quantized = TANDEM_TRY(quantize(exact, std::move(strategy)));
    }
    if (!changes.changes_network()) return quantized;
    const std::vector<float> samples = to_floats(exact.held_out(), exact.split.calibration);
    if (changes.rounds_adaptively) {
        quantized.network =
            TANDEM_TRY(round_adaptively(std::move(quantized.network), quantized.strategy, samples));
    }
    if (changes.corrects_biases) {
        quantized.network = TANDEM_TRY(
            correct_biases(std::move(quantized.network), exact.network, quantized.strategy, samples));
    }
    return quantized;
}

} // namespace tandem
