// A package of a few images, for tests of what reads one.
#pragma once

#include "small_supernet.h"
#include "tandem/training/job_package.h"

namespace tandem::testing {

/// The residual network in float, five training images of two people, two test images.
inline JobPackage small_package() {
    JobPackage package{.job = {}, .setup = {}, .network = residual_network(), .dataset = {}};
    package.job.topology = "resnet8";
    package.job.batch_size = 4;
    package.job.normalization = {.scale = 0.1F, .mean = {0.3F}, .deviation = {}};
    package.dataset.name = "few";
    package.dataset.classes = {"a", "b", "c"};
    package.dataset.train_people = {0, 1, 1, 0, 1};
    Random random(3);
    for (auto [images, count] : {std::pair(&package.dataset.train, 5), std::pair(&package.dataset.test, 2)}) {
        images->rows = images->columns = 6;
        images->normalization = package.job.normalization;
        for (int i = 0; i < count; ++i) {
            images->labels.push_back(static_cast<std::uint16_t>(i % 3));
            for (int pixel = 0; pixel < 36; ++pixel) {
                images->pixels.push_back(static_cast<std::uint8_t>(256.0 * random.uniform()));
            }
        }
    }
    return package;
}

/// The same, to be trained as a supernet of two widths; nobody calibrated its scales.
inline JobPackage small_supernet_package() {
    JobPackage package = small_package();
    SupernetSetup setup{.space = {.weight_bits = {2, 8}, .activation_bits = {4}, .first_last_bits = 8},
                        .strategies = {},
                        .drawn = 1};
    for (Strategy& strategy : uniform_strategies(setup.space, package.network)) {
        strategy.arithmetic.requantization = RequantizationKind::floating;
        strategy.calibrated.emplace();
        for (const LayerStrategy& layer : strategy.layers) {
            strategy.calibrated->layers.push_back({.layer = layer.layer,
                                                   .weights = {.bits = layer.weight_bits},
                                                   .activations = {.bits = layer.activation_bits},
                                                   .weight_scales = {0.1F}});
        }
        strategy.calibrated->tensors.push_back(
            {.tensor = "input", .format = {.bits = 8}, .scale = AffineScale{.scale = 0.3F}});
        setup.strategies.push_back(std::move(strategy));
    }
    package.setup = std::move(setup);
    return package;
}

} // namespace tandem::testing
