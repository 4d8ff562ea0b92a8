// A network with its data, ready to be scored: what evaluating, quantising, deploying and searching
// all start from.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tandem/codesign/job.h"
#include "tandem/core/result.h"
#include "tandem/data/dataset.h"
#include "tandem/engine/calibration.h"
#include "tandem/engine/evaluator.h"
#include "tandem/engine/integer_program.h"
#include "tandem/network/network.h"
#include "tandem/strategy/quantized_network.h"
#include "tandem/strategy/strategy.h"
#include "tandem/training/supernet.h"

namespace tandem {

struct Experiment {
    Network network;             ///< prepared for deployment
    std::int64_t parameters = 0; ///< that training adjusts, in the network as it was given
    Dataset dataset;
    Split split;                                      ///< indices into held_out()
    std::optional<Strategy> strategy = {};            ///< calibrated; of a network that comes quantised
    std::shared_ptr<const Subnetworks> supernet = {}; ///< `network` is then its own, in float

    /// Whether the data have training files; else they are for scoring alone.
    bool has_training_images() const { return dataset.train.count() > 0; }
    /// What calibrates and validates: images of the training files; of data for scoring alone those that are
    /// scored, apart from each other.
    const Images& held_out() const { return has_training_images() ? dataset.train : dataset.test; }
};

/// What a search looks at must not be what its final figures are measured on. Errors: data for scoring alone.
[[nodiscard]] Result<void> need_training_images(const Experiment& experiment);

/// Where the data are: a relative folder lies in the root; without a folder the data set's usual one there is
/// taken, if it exists.
std::string data_folder(const DataOptions& data);

/// Loads both and checks that they fit: input extents and number of classes. Where `data` says nothing of
/// pixels and the network comes quantised with an input of 8 bits, a pixel is the byte that is stored. The
/// path may be that of a supernet's folder.
[[nodiscard]] Result<Experiment> load_experiment(const std::string& network_path, const DataOptions& data);

/// The images a score is measured on. Test images are for final figures only.
enum class Portion { validation, test };

/// The images that calibration looks at, (N, C, H, W); logs a warning where they are among those scored.
std::vector<float> calibration_samples(const Experiment& experiment);

/// The images, their labels and what the float network says of them.
[[nodiscard]] Result<ReferenceSamples> reference_samples(const Experiment& experiment, Portion portion);

/// The same for chosen test images; the indices are those of images that exist.
[[nodiscard]] Result<ReferenceSamples> reference_samples(const Experiment& experiment,
                                                         std::span<const std::int64_t> test_images);
/// What the float network says of samples (N, C, H, W): (N, classes).
[[nodiscard]] Result<std::vector<float>> float_logits(const Network& network, std::span<const float> samples);

/// Share of samples whose largest float output is their label's.
double float_accuracy(const ReferenceSamples& reference);

/// The strategy with scales for its widths, from the calibration images.
[[nodiscard]] Result<Strategy> calibrate_scales(const Experiment& experiment, Strategy strategy,
                                                const ScaleOptions& options);

/// Radix points for the widths, from the calibration images.
[[nodiscard]] Result<Calibration> calibrate(const Experiment& experiment, std::vector<int> widths);

/// The network under the strategy, prepared and calibrated: of a supernet its subnetwork, which refuses
/// formats that are not its own; else as it is where it has formats, or with radix points from the
/// calibration images.
[[nodiscard]] Result<QuantizedNetwork> quantize(const Experiment& experiment, Strategy strategy);

} // namespace tandem
