#include "tandem/training/plugin/attacker.h"

#include <algorithm>
#include <mutex>

#include <torch/csrc/autograd/autograd.h>
#include <torch/types.h>

#include "tandem/core/check.h"
#include "tandem/core/random.h"
#include "tandem/training/plugin/device.h"
#include "tandem/training/plugin/graph_module.h"

namespace tandem {

namespace {

using torch::Tensor;

constexpr std::size_t kImages = 100;

Tensor of_channels(const std::vector<float>& values, torch::Device device) {
    return torch::tensor(values).reshape({1, -1, 1, 1}).to(device);
}

/// The sign of the loss's gradient by the images.
Tensor direction(const GraphModule& module, std::size_t shard, const Tensor& images, const Tensor& labels) {
    const Tensor leaf = images.detach().requires_grad_(true);
    const Tensor logits = module.forward(leaf, Mode::evaluation, shard);
    const Tensor loss = torch::cross_entropy_loss(logits, labels, {}, at::Reduction::Sum);
    return torch::autograd::grad({loss}, {leaf}).front().sign();
}

/// Uniform in [-1, 1).
void append_start(Random stream, std::int64_t elements, std::vector<float>& numbers) {
    for (std::int64_t element = 0; element < elements; ++element) {
        numbers.push_back(static_cast<float>(2.0 * stream.uniform() - 1.0));
    }
}

/// Each image from a stream of its own.
Tensor random_starts(std::uint64_t seed, std::size_t first, const Tensor& images) {
    std::vector<float> numbers;
    numbers.reserve(static_cast<std::size_t>(images.numel()));
    for (std::size_t i = 0; i < static_cast<std::size_t>(images.size(0)); ++i) {
        append_start(Random(seed).fork("start", first + i), images.numel() / images.size(0), numbers);
    }
    return torch::tensor(numbers).reshape(images.sizes()).to(images.device());
}

Tensor attack_batch(const Attack& attack, const GraphModule& module, const PixelBounds& bounds,
                    const Tensor& images, const Tensor& labels, std::size_t first) {
    const Tensor reach = bounds.span() * attack.epsilon;
    if (attack.method == "fgsm") {
        return bounds.clip(images + reach * direction(module, 0, images, labels));
    }
    const double step =
        attack.step_size > 0.0 ? attack.step_size : 2.5 * attack.epsilon / static_cast<double>(attack.steps);
    const Tensor stride = bounds.span() * step;
    Tensor changed = bounds.clip(images + reach * random_starts(attack.seed, first, images));
    for (std::int64_t i = 0; i < attack.steps; ++i) {
        changed = bounds.clip_about(changed + stride * direction(module, 0, changed, labels), images, reach);
    }
    return changed;
}

} // namespace

PixelBounds::PixelBounds(const PixelRange& range, torch::Device device)
    : black_(of_channels(range.black, device)), white_(of_channels(range.white, device)) {}

Tensor PixelBounds::clip(const Tensor& images) const {
    return torch::max(torch::min(images, white_), black_);
}

Tensor PixelBounds::clip_about(const Tensor& images, const Tensor& originals, const Tensor& reach) const {
    return clip(torch::max(torch::min(images, originals + reach), originals - reach));
}

Tensor fast_adversary(const GraphModule& module, std::size_t shard, const PixelBounds& bounds,
                      const Tensor& images, const Tensor& labels, double epsilon, Random stream) {
    const Tensor reach = bounds.span() * epsilon;
    std::vector<float> numbers;
    append_start(stream, images.numel(), numbers);
    const Tensor start = torch::tensor(numbers).reshape(images.sizes()).to(images.device());
    const Tensor changed = bounds.clip(images + reach * start);
    const Tensor stepped = changed + 1.25 * reach * direction(module, shard, changed, labels);
    return bounds.clip_about(stepped, images, reach).contiguous(images.suggest_memory_format());
}

Result<std::vector<float>> attack_samples(const Attack& attack, const Network& network,
                                          std::span<const float> samples,
                                          std::span<const std::int32_t> labels, const PixelRange& range,
                                          const std::atomic<bool>& interrupted, Progress& progress) {
    TANDEM_TRY(check_trainable(network));
    const torch::Device device = TANDEM_TRY(choose_device(attack.device));
    const GraphModule module(network, device, 1);
    const PixelBounds bounds(range, device);
    const Shape& shape = network.shape(network.inputs.front());
    const std::size_t elements = samples.size() / std::max<std::size_t>(1, labels.size());
    TANDEM_CHECK(static_cast<std::int64_t>(elements) == elements_per_sample(shape), "samples of the network");
    std::vector<float> changed(samples.size());
    const std::size_t batches = (labels.size() + kImages - 1) / kImages;
    std::mutex mutex;
    std::int64_t done = 0;
    progress.begin(attack.method, static_cast<std::int64_t>(labels.size()));
    for_each_on(device, batches, [&](std::size_t batch) {
        if (interrupted.load()) return;
        const std::size_t first = batch * kImages;
        const std::size_t count = std::min(kImages, labels.size() - first);
        const std::vector<float> own(samples.begin() + static_cast<std::ptrdiff_t>(first * elements),
                                     samples.begin() +
                                         static_cast<std::ptrdiff_t>((first + count) * elements));
        const std::vector<std::int64_t> wanted(labels.begin() + static_cast<std::ptrdiff_t>(first),
                                               labels.begin() + static_cast<std::ptrdiff_t>(first + count));
        const Tensor images = torch::tensor(own)
                                  .reshape({static_cast<std::int64_t>(count), shape[1], shape[2], shape[3]})
                                  .to(device);
        const Tensor found =
            attack_batch(attack, module, bounds, images, torch::tensor(wanted).to(device), first)
                .to(torch::kCPU)
                .contiguous();
        std::copy_n(found.data_ptr<float>(), count * elements,
                    changed.begin() + static_cast<std::ptrdiff_t>(first * elements));
        const std::lock_guard lock(mutex);
        progress.update(done += static_cast<std::int64_t>(count), "images");
    });
    progress.end();
    if (interrupted.load()) {
        return tl::unexpected(
            Error{ErrorKind::interrupted, {{"the attack", "interrupted", "", "no interrupt"}}});
    }
    return changed;
}

} // namespace tandem
