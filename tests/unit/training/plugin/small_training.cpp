#include "small_training.h"

#include "../../network_builder.h"

namespace tandem::testing {

namespace {

constexpr std::int64_t kExtent = 6;

Images lines(std::int64_t count, Random random) {
    Images images{.channels = 1, .rows = kExtent, .columns = kExtent, .pixels = {}, .labels = {}};
    for (std::int64_t image = 0; image < count; ++image) {
        const auto label = static_cast<std::uint8_t>(random.below(3));
        const auto line = static_cast<std::int64_t>(random.below(kExtent));
        images.labels.push_back(label);
        for (std::int64_t row = 0; row < kExtent; ++row) {
            for (std::int64_t column = 0; column < kExtent; ++column) {
                const bool is_bright = (label == 0 && row == line) || (label == 1 && column == line) ||
                                       (label == 2 && row == column);
                images.pixels.push_back(static_cast<std::uint8_t>((is_bright ? 200 : 0) + random.below(50)));
            }
        }
    }
    return images;
}

} // namespace

Dataset lines_dataset(std::int64_t training) {
    return {.name = "lines",
            .classes = {"row", "column", "diagonal"},
            .train = lines(kHeldOut + training, Random(1)),
            .test = lines(90, Random(2))};
}

Network small_network(std::uint64_t seed) {
    using List = std::vector<std::int64_t>;
    NetworkBuilder build({1, kExtent, kExtent}, seed);
    const std::string conv = build.add("Conv", {"input", build.random_parameter({8, 1, 3, 3}, 0.5)},
                                       {{"kernel_shape", List{3, 3}}, {"pads", List{1, 1, 1, 1}}});
    const auto constant = [&](float value) { return build.parameter({8}, std::vector<float>(8, value)); };
    const std::string scale = constant(1.0F);
    const std::string shift = constant(0.0F);
    const std::string mean = constant(0.0F);
    const std::string variance = constant(1.0F);
    const std::string normal = build.add("BatchNormalization", {conv, scale, shift, mean, variance});
    const std::string pooled = build.add("GlobalAveragePool", {build.relu(normal)});
    return build.finish(build.gemm(build.add("Flatten", {pooled}), 8, 3));
}

TrainJob small_job() {
    TrainJob job;
    job.topology = "resnet8"; // not used: tests give the network themselves
    job.epochs = 2;
    job.batch_size = 24;
    job.learning_rate = 0.05;
    return job;
}

} // namespace tandem::testing
