#include "tandem/training/plugin/training_run.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>

#include "tandem/core/log.h"
#include "tandem/training/plugin/attacker.h"
#include "tandem/training/plugin/device.h"
#include "tandem/training/plugin/mixed_precision.h"
#include "tandem/training/plugin/optimizer.h"
#include "tandem/training/plugin/run_state.h"
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

/// By how much it differs, summed over the samples, from what was said (logits).
Tensor divergence_from(const Tensor& said, const Tensor& logits) {
    return torch::kl_div(torch::log_softmax(logits, 1), torch::log_softmax(said, 1), at::Reduction::Sum,
                         /*log_target=*/true);
}

/// Of masked weights (outputs, ...), those whose output channel has no others.
Tensor of_closed_channels(const Tensor& is_masked) {
    const Tensor is_closed = is_masked.flatten(1).all(1, /*keepdim=*/true);
    return is_closed.expand_as(is_masked.flatten(1)).reshape(is_masked.sizes());
}

std::string summary_of(const Strategy& widths) {
    double weight_bits = 0.0;
    double activation_bits = 0.0;
    for (const LayerStrategy& layer : widths.layers) {
        weight_bits += layer.weight_bits;
        activation_bits += layer.activation_bits;
    }
    const auto count = static_cast<double>(widths.layers.size());
    return fmt::format("weights of {:.1f} bits, activations of {:.1f} in the mean", weight_bits / count,
                       activation_bits / count);
}

bool computes_in_bfloat16(const TrainJob& job, torch::Device device) {
    return device.is_cpu() &&
           (job.precision == "bfloat16" || (job.precision == "auto" && has_fast_bfloat16()));
}

} // namespace

TrainingRun::TrainingRun(const TrainJob& job, const Dataset& dataset, torch::Device device,
                         GraphModule module, std::optional<Teacher> teacher,
                         std::optional<SupernetSetup> supernet)
    : job_(job), dataset_(dataset), augmenter_(job.augmentation, dataset.train), device_(device),
      uses_bfloat16_(computes_in_bfloat16(job, device)), module_(std::move(module)),
      teacher_(std::move(teacher)), supernet_(std::move(supernet)), optimizer_(make_optimizer(module_, job)),
      parameters_(module_.weights()) {
    parameters_.insert(parameters_.end(), module_.offsets().begin(), module_.offsets().end());
    if (job.averaging > 0.0) averages_ = copies_of(module_);
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
        const Tensor is_held = decision.holds_masks ? is_zero : of_closed_channels(is_zero);
        if (is_held.any().item<bool>()) held_masks_.push_back({weight, is_held});
    }
    // What was masked must not come back out of the averages.
    if (!averages_.empty() && !decision.masks.empty()) averages_ = copies_of(module_);
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
        augmenter_.write(part[i], epoch_stream, std::span(floats).subspan(i * elements, elements));
    }
    return to_batch(floats, images, device_);
}

std::vector<TrainingRun::Shard> TrainingRun::make_shards(std::span<const std::int64_t> batch,
                                                         const Random& epoch_stream,
                                                         std::int64_t step) const {
    double own_share = 1.0;
    if (job_.mixup > 0.0) {
        own_share = draw_own_share(job_.mixup, epoch_stream.fork("mixup", static_cast<std::uint64_t>(step)));
    }
    std::vector<Shard> shards(static_cast<std::size_t>(job_.shards));
    for_each_on(device_, shards.size(), [&](std::size_t index) {
        const std::span<const std::int64_t> part = part_of(batch, index);
        Tensor input = input_of(part, epoch_stream);
        // The order of a batch is random, so its reverse pairs at random.
        if (own_share < 1.0) input = own_share * input + (1.0 - own_share) * input.flip(0);
        shards[index] = {.input = std::move(input),
                         .labels = to_labels(dataset_.train, part).to(device_),
                         .own_share = own_share,
                         .said = {}};
    });
    return shards;
}

void TrainingRun::turn_against(std::vector<Shard>& shards, const Random& epoch_stream,
                               std::int64_t step) const {
    const PixelBounds bounds(pixel_range(dataset_.train), device_);
    const Random stream = epoch_stream.fork("adversary", static_cast<std::uint64_t>(step));
    for_each_on(device_, shards.size(), [&](std::size_t index) {
        std::optional<BfloatScope> scope;
        if (uses_bfloat16_) scope.emplace();
        Shard& shard = shards[index];
        shard.input = fast_adversary(module_, index, bounds, shard.input, shard.labels,
                                     job_.adversarial_epsilon, stream.fork("shard", index));
    });
}

Tensor TrainingRun::label_loss(const Shard& shard, const Tensor& logits) const {
    const auto against = [&](const Tensor& labels) {
        return torch::cross_entropy_loss(logits, labels, {}, at::Reduction::Sum, /*ignore_index=*/-100,
                                         job_.label_smoothing);
    };
    if (shard.own_share == 1.0) return against(shard.labels);
    return shard.own_share * against(shard.labels) + (1.0 - shard.own_share) * against(shard.labels.flip(0));
}

TrainingRun::ShardResult TrainingRun::train_shard(const Shard& shard, std::size_t index,
                                                  std::int64_t batch_images) const {
    Tensor logits;
    {
        std::optional<BfloatScope> scope;
        if (uses_bfloat16_) scope.emplace();
        logits = module_.forward(shard.input, Mode::training, index);
    }
    logits = logits.to(torch::kFloat32);
    const Tensor loss =
        shard.said.defined() ? divergence_from(shard.said, logits) : label_loss(shard, logits);
    const Tensor total = teacher_ ? distilled(loss, logits, shard.input) : loss;
    // Not backward(): it would add both shards' gradients into one tensor in whatever order they end. In a
    // supernet the steps of other widths take no part.
    ShardResult result;
    result.gradients = torch::autograd::grad({total / static_cast<double>(batch_images)}, parameters_,
                                             /*grad_outputs=*/{}, /*retain_graph=*/{},
                                             /*create_graph=*/false, supernet_.has_value());
    result.sums = {.loss = loss.item<double>(),
                   .correct = count_correct(logits, shard.labels),
                   .images = shard.labels.size(0)};
    result.logits = logits.detach();
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
    return (1.0 - teacher_->share) * loss + teacher_->share * divergence_from(said, logits);
}

Sums TrainingRun::add_gradients(std::vector<Shard>& shards, std::int64_t batch_images) {
    std::vector<ShardResult> results(shards.size());
    for_each_on(device_, shards.size(),
                [&](std::size_t index) { results[index] = train_shard(shards[index], index, batch_images); });
    Sums sums;
    for (std::size_t index = 0; index < shards.size(); ++index) {
        sums += results[index].sums;
        if (supernet_ && !shards[index].said.defined()) shards[index].said = results[index].logits;
        for (std::size_t i = 0; i < parameters_.size(); ++i) {
            const Tensor& gradient = results[index].gradients[i];
            if (!gradient.defined()) continue;
            Tensor& sum = parameters_[i].mutable_grad();
            sum = sum.defined() ? sum.add_(gradient) : gradient;
        }
    }
    return sums;
}

Sums TrainingRun::train_step(std::span<const std::int64_t> batch, const Random& epoch_stream,
                             std::int64_t step) {
    const auto images = static_cast<std::int64_t>(batch.size());
    const auto begin = std::chrono::steady_clock::now();
    std::vector<Shard> shards = make_shards(batch, epoch_stream, step);
    data_wait_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    if (job_.adversarial_epsilon > 0.0) turn_against(shards, epoch_stream, step);
    for (Tensor& parameter : parameters_) parameter.mutable_grad() = Tensor();
    Sums sums = add_gradients(shards, images);
    if (supernet_) {
        Random stream = epoch_stream.fork("strategies", static_cast<std::uint64_t>(step));
        std::vector<Strategy> passes{narrowest_strategy(supernet_->space, module_.structure())};
        for (std::int64_t i = 0; i < supernet_->drawn; ++i) {
            passes.push_back(draw_strategy(supernet_->space, module_.structure(), stream));
        }
        for (const Strategy& widths : passes) {
            module_.select(widths);
            if (!std::isfinite(add_gradients(shards, images).loss)) {
                sums.loss = std::numeric_limits<double>::quiet_NaN();
                return sums; // with this strategy selected, the caller looks for where that came from
            }
        }
        module_.select(widest_strategy(supernet_->space, module_.structure()));
    }
    if (!std::isfinite(sums.loss)) return sums; // the caller looks for where that came from
    module_.begin_step();
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
    // What rounding at random takes away, only epochs with a high learning rate give back.
    if (epoch > 0 && 2 * epoch < job_.epochs) module_.begin_next_epoch(epoch_stream.fork("begin"));
    std::vector<std::int64_t> shuffled(order.begin(), order.end());
    epoch_stream.fork("order").shuffle(std::span(shuffled));
    const std::int64_t steps = steps_per_epoch(order.size());
    const auto batch_size = std::min(static_cast<std::size_t>(job_.batch_size), order.size());
    progress.begin(fmt::format("epoch {}/{}", epoch + 1, job_.epochs), steps);
    const auto begin = std::chrono::steady_clock::now();
    data_wait_ = 0.0;
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
        sums += train_step(batch, epoch_stream, step);
        if (!std::isfinite(sums.loss)) {
            progress.end();
            return failed("",
                          fmt::format("epoch {}, {}, learning rate {:.4g}", epoch + 1,
                                      first_node_without_numbers(batch, epoch_stream), rate),
                          "a loss that is no number", "a smaller learning_rate");
        }
        average(epoch * steps + step);
        progress.update(step + 1,
                        fmt::format("loss {:.3f} accuracy {:.4f}", sums.mean_loss(), sums.accuracy()));
    }
    progress.end();
    data_wait_ /= std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    module_.average_statistics();
    return sums;
}

void TrainingRun::estimate_statistics(std::span<const std::int64_t> order, std::int64_t batches) {
    const Random stream = Random(static_cast<std::uint64_t>(job_.seed)).fork("statistics");
    std::vector<std::int64_t> shuffled(order.begin(), order.end());
    stream.fork("order").shuffle(std::span(shuffled));
    const auto size = std::min(static_cast<std::size_t>(job_.batch_size), order.size());
    for (std::int64_t i = 0; i < std::min(batches, steps_per_epoch(order.size())); ++i) {
        if (supernet_) {
            Random strategies = stream.fork("strategies", static_cast<std::uint64_t>(i));
            module_.select(draw_strategy(supernet_->space, module_.structure(), strategies));
        } else {
            // The mean of i batches becomes that of i + 1.
            module_.set_statistics_share(1.0 / static_cast<double>(i + 1));
        }
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

void TrainingRun::average(std::int64_t steps) {
    if (averages_.empty()) return;
    const auto done = static_cast<double>(steps);
    const double kept = std::min(job_.averaging, (1.0 + done) / (10.0 + done));
    const torch::NoGradGuard no_gradients;
    const std::vector<Tensor> now = copies_of(module_);
    for (std::size_t i = 0; i < now.size(); ++i) averages_[i].lerp_(now[i], 1.0 - kept);
}

std::vector<Tensor> TrainingRun::outcome() const {
    return averages_.empty() ? copies_of(module_) : averages_;
}

double TrainingRun::evaluate(const Images& images, std::span<const std::int64_t> indices) {
    if (averages_.empty()) return evaluate_outcome(images, indices);
    const std::vector<Tensor> now = copies_of(module_);
    restore(averages_, module_);
    const double accuracy = evaluate_outcome(images, indices);
    restore(now, module_);
    return accuracy;
}

double TrainingRun::evaluate_outcome(const Images& images, std::span<const std::int64_t> indices) {
    if (!supernet_) return evaluate_selected(images, indices);
    const std::vector<Strategy> panel = supernet_panel(supernet_->space, module_.structure());
    double sum = 0.0;
    for (const Strategy& widths : panel) {
        module_.select(widths);
        const double accuracy = evaluate_selected(images, indices);
        log_info(fmt::format("{}: accuracy {:.4f}", summary_of(widths), accuracy));
        sum += accuracy;
    }
    module_.select(widest_strategy(supernet_->space, module_.structure()));
    return sum / static_cast<double>(panel.size());
}

double TrainingRun::evaluate_selected(const Images& images, std::span<const std::int64_t> indices) const {
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
