#include "tandem/training/plugin/training_run.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include "tandem/training/augmentation.h"
#include "tandem/training/plugin/device.h"
#include "tandem/training/plugin/mixed_precision.h"
#include "tandem/training/plugin/optimizer.h"
#include "tandem/training/schedule.h"

namespace tandem {

namespace {

using torch::Tensor;

constexpr std::int64_t kEvaluationBatch = 250; // activations of ResNet-8 stay below 100 MB a thread

Tensor to_labels(const Images& images, std::span<const std::int64_t> indices) {
    const std::vector<std::int32_t> labels = labels_of(images, indices);
    return torch::tensor(labels, torch::kInt64);
}

Tensor to_batch(std::vector<float>& floats, const Images& images, torch::Device device) {
    const auto count = static_cast<std::int64_t>(floats.size()) / images.elements();
    return torch::from_blob(floats.data(), {count, images.channels, images.rows, images.columns})
        .clone(torch::MemoryFormat::ChannelsLast)
        .to(device);
}

std::int64_t count_correct(const Tensor& logits, const Tensor& labels) {
    return logits.argmax(1).eq(labels).sum().item<std::int64_t>();
}

bool computes_in_bfloat16(const TrainJob& job, torch::Device device) {
    return device.is_cpu() &&
           (job.precision == "bfloat16" || (job.precision == "auto" && has_fast_bfloat16()));
}

} // namespace

TrainingRun::TrainingRun(const TrainJob& job, const Dataset& dataset, torch::Device device,
                         GraphModule module, std::optional<Teacher> teacher)
    : job_(job), dataset_(dataset), pixel_values_(pixel_values(dataset.train)), device_(device),
      uses_bfloat16_(computes_in_bfloat16(job, device)), module_(std::move(module)),
      teacher_(std::move(teacher)), optimizer_(make_optimizer(module_, job)), parameters_(module_.weights()) {
    parameters_.insert(parameters_.end(), module_.offsets().begin(), module_.offsets().end());
}

std::int64_t TrainingRun::steps_per_epoch(std::size_t images) const {
    return std::max<std::int64_t>(1, static_cast<std::int64_t>(images) / job_.batch_size);
}

Result<void> TrainingRun::mask(const EpochDecision& decision) {
    held_masks_.clear();
    const torch::NoGradGuard no_gradients;
    for (const auto& [name, bytes] : decision.masks) {
        Tensor weight = module_.weight(name);
        if (!weight.defined())
            return bad_input("mask", name, "no weights of that name", "weights of a layer");
        if (weight.numel() != static_cast<std::int64_t>(bytes.size())) {
            return bad_input("mask", name, fmt::format("{} bytes", bytes.size()),
                             fmt::format("{}, one a weight", weight.numel()));
        }
        const Tensor is_zero =
            torch::tensor(at::ArrayRef<std::uint8_t>(bytes.data(), bytes.size()), torch::kUInt8)
                .reshape(weight.sizes())
                .eq(0)
                .to(device_);
        weight.masked_fill_(is_zero, 0.0);
        if (decision.holds_masks) held_masks_.push_back({weight, is_zero});
    }
    return {};
}

std::span<const std::int64_t> TrainingRun::part_of(std::span<const std::int64_t> batch,
                                                   std::size_t shard) const {
    const auto shards = static_cast<std::size_t>(job_.shards);
    const std::size_t begin = batch.size() * shard / shards;
    return batch.subspan(begin, batch.size() * (shard + 1) / shards - begin);
}

Tensor TrainingRun::input_of(std::span<const std::int64_t> part, const Random& epoch_stream) const {
    const Images& images = dataset_.train;
    const auto elements = static_cast<std::size_t>(images.elements());
    std::vector<float> floats(part.size() * elements);
    for (std::size_t i = 0; i < part.size(); ++i) {
        write_shifted(images, pixel_values_, part[i], draw_shift(job_.augmentation, epoch_stream, part[i]),
                      std::span(floats).subspan(i * elements, elements));
    }
    return to_batch(floats, images, device_);
}

TrainingRun::ShardResult TrainingRun::train_shard(std::span<const std::int64_t> batch, std::size_t shard,
                                                  const Random& epoch_stream) const {
    const std::span<const std::int64_t> part = part_of(batch, shard);
    const Tensor labels = to_labels(dataset_.train, part).to(device_);
    const Tensor input = input_of(part, epoch_stream);
    Tensor logits;
    {
        std::optional<BfloatScope> scope;
        if (uses_bfloat16_) scope.emplace();
        logits = module_.forward(input, Mode::training, shard);
    }
    logits = logits.to(torch::kFloat32);
    const Tensor loss = torch::cross_entropy_loss(logits, labels, {}, at::Reduction::Sum,
                                                  /*ignore_index=*/-100, job_.label_smoothing);
    const Tensor total = teacher_ ? distilled(loss, logits, input) : loss;
    // Not backward(): it would add both shards' gradients into one tensor in whatever order they end.
    ShardResult result;
    result.gradients = torch::autograd::grad({total / static_cast<double>(batch.size())}, parameters_);
    result.sums = {.loss = loss.item<double>(),
                   .correct = count_correct(logits, labels),
                   .images = static_cast<std::int64_t>(part.size())};
    return result;
}

Tensor TrainingRun::distilled(const Tensor& loss, const Tensor& logits, const Tensor& input) const {
    Tensor said;
    {
        const torch::NoGradGuard no_gradients;
        std::optional<BfloatScope> scope;
        if (uses_bfloat16_) scope.emplace();
        said = teacher_->module.forward(input, Mode::evaluation, 0).to(torch::kFloat32);
    }
    const Tensor divergence = torch::kl_div(torch::log_softmax(logits, 1), torch::log_softmax(said, 1),
                                            at::Reduction::Sum, /*log_target=*/true);
    return (1.0 - teacher_->share) * loss + teacher_->share * divergence;
}

Sums TrainingRun::train_step(std::span<const std::int64_t> batch, const Random& epoch_stream) {
    std::vector<ShardResult> shards(static_cast<std::size_t>(job_.shards));
    for_each_on(device_, shards.size(),
                [&](std::size_t shard) { shards[shard] = train_shard(batch, shard, epoch_stream); });
    Sums sums;
    for (const ShardResult& shard : shards) sums += shard.sums;
    if (!std::isfinite(sums.loss)) return sums; // the caller looks for where that came from
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        Tensor gradient = shards.front().gradients[i];
        for (std::size_t shard = 1; shard < shards.size(); ++shard) gradient += shards[shard].gradients[i];
        parameters_[i].mutable_grad() = gradient;
    }
    optimizer_->step();
    module_.end_step();
    const torch::NoGradGuard no_gradients;
    for (Mask& mask : held_masks_) mask.weight.masked_fill_(mask.is_zero, 0.0);
    return sums;
}

std::string TrainingRun::first_node_without_numbers(std::span<const std::int64_t> batch,
                                                    const Random& epoch_stream) const {
    const torch::NoGradGuard no_gradients;
    std::string first;
    for (std::size_t shard = 0; shard < static_cast<std::size_t>(job_.shards) && first.empty(); ++shard) {
        const Tensor input = input_of(part_of(batch, shard), epoch_stream);
        module_.forward(input, Mode::training, shard, [&](const Node& node, const Tensor& output) {
            if (first.empty() && !output.isfinite().all().item<bool>()) first = node.name;
        });
    }
    return first.empty() ? "the loss" : fmt::format("layer '{}'", first);
}

Result<std::optional<Sums>> TrainingRun::train_epoch(std::int64_t epoch, std::span<const std::int64_t> order,
                                                     const std::atomic<bool>& interrupted,
                                                     Progress& progress) {
    const Random epoch_stream =
        Random(static_cast<std::uint64_t>(job_.seed)).fork("epoch", static_cast<std::uint64_t>(epoch));
    std::vector<std::int64_t> shuffled(order.begin(), order.end());
    epoch_stream.fork("order").shuffle(std::span(shuffled));
    const std::int64_t steps = steps_per_epoch(order.size());
    const auto batch_size = std::min(static_cast<std::size_t>(job_.batch_size), order.size());
    progress.begin(fmt::format("epoch {}/{}", epoch + 1, job_.epochs), steps);
    Sums sums;
    for (std::int64_t step = 0; step < steps; ++step) {
        if (interrupted.load()) {
            progress.end();
            return std::nullopt;
        }
        const double rate =
            learning_rate_at(job_.schedule, epoch * steps + step, job_.epochs * steps, job_.learning_rate);
        set_learning_rate(*optimizer_, rate);
        const std::span<const std::int64_t> batch =
            std::span(shuffled).subspan(static_cast<std::size_t>(step) * batch_size, batch_size);
        sums += train_step(batch, epoch_stream);
        if (!std::isfinite(sums.loss)) {
            progress.end();
            return failed("",
                          fmt::format("epoch {}, {}, learning rate {:.4g}", epoch + 1,
                                      first_node_without_numbers(batch, epoch_stream), rate),
                          "a loss that is no number", "a smaller learning_rate");
        }
        progress.update(step + 1,
                        fmt::format("loss {:.3f} accuracy {:.4f}", sums.mean_loss(), sums.accuracy()));
    }
    progress.end();
    module_.end_epoch(epoch_stream.fork("end"));
    return sums;
}

void TrainingRun::estimate_statistics(std::span<const std::int64_t> order, std::int64_t batches) {
    const Random stream = Random(static_cast<std::uint64_t>(job_.seed)).fork("statistics");
    std::vector<std::int64_t> shuffled(order.begin(), order.end());
    stream.fork("order").shuffle(std::span(shuffled));
    const auto size = std::min(static_cast<std::size_t>(job_.batch_size), order.size());
    for (std::int64_t i = 0; i < std::min(batches, steps_per_epoch(order.size())); ++i) {
        // The mean of i batches becomes that of i + 1.
        module_.set_statistics_share(1.0 / static_cast<double>(i + 1));
        const std::span<const std::int64_t> batch =
            std::span(shuffled).subspan(static_cast<std::size_t>(i) * size, size);
        for_each_on(device_, static_cast<std::size_t>(job_.shards), [&](std::size_t shard) {
            const torch::NoGradGuard no_gradients;
            module_.forward(input_of(part_of(batch, shard), stream), Mode::training, shard);
        });
    }
    module_.set_statistics_share(std::nullopt);
    module_.average_statistics();
}

double TrainingRun::evaluate(const Images& images, std::span<const std::int64_t> indices) const {
    const auto size = static_cast<std::size_t>(kEvaluationBatch);
    const std::optional<IntegerModule> integers = module_.integers();
    std::vector<std::int64_t> correct((indices.size() + size - 1) / size);
    for_each_on(device_, correct.size(), [&](std::size_t i) {
        const torch::NoGradGuard no_gradients;
        const auto part = indices.subspan(i * size, std::min(size, indices.size() - i * size));
        std::vector<float> floats = to_floats(images, part);
        const Tensor input = to_batch(floats, images, device_);
        const Tensor logits =
            integers ? integers->forward(input) : module_.forward(input, Mode::evaluation, 0);
        correct[i] = count_correct(logits, to_labels(images, part).to(device_));
    });
    std::int64_t sum = 0;
    for (const std::int64_t part : correct) sum += part;
    return static_cast<double>(sum) / static_cast<double>(indices.size());
}

} // namespace tandem
