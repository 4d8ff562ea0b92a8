// The training loop. A batch is cut into shards, each computed on one thread with kernels of one
// thread, and their gradients are added in order: the number of threads never shows, and busy cores
// do not stall LibTorch's own thread team.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <numeric>
#include <optional>
#include <type_traits>

#include <fmt/format.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/cuda.h>
#include <torch/types.h>
#include <torch/version.h>

#include "tandem/core/check.h"
#include "tandem/core/document.h"
#include "tandem/core/log.h"
#include "tandem/core/parallel.h"
#include "tandem/core/random.h"
#include "tandem/network/operators/operators.h"
#include "tandem/training/augmentation.h"
#include "tandem/training/checkpoint.h"
#include "tandem/training/plugin/attacker.h"
#include "tandem/training/plugin/ddpg.h"
#include "tandem/training/plugin/device.h"
#include "tandem/training/plugin/door.h"
#include "tandem/training/plugin/graph_module.h"
#include "tandem/training/plugin/lowerings.h"
#include "tandem/training/plugin/mixed_precision.h"
#include "tandem/training/plugin/optimizer.h"
#include "tandem/training/schedule.h"
#include "tandem/training/training.h"

namespace tandem {

namespace {

using torch::Tensor;

constexpr std::int64_t kEvaluationBatch = 250; // activations of ResNet-8 stay below 100 MB a thread

/// What the shards of a batch, or the batches of an epoch, add up to.
struct Sums {
    double loss = 0.0;
    std::int64_t correct = 0;
    std::int64_t images = 0;

    Sums& operator+=(const Sums& other) {
        loss += other.loss;
        correct += other.correct;
        images += other.images;
        return *this;
    }
    double mean_loss() const { return loss / static_cast<double>(images); }
    double accuracy() const { return static_cast<double>(correct) / static_cast<double>(images); }
};

/// Who a checkpoint belongs to. The number of threads does not change the result and may differ.
ContentHash identity_of(TrainJob job, const Network& initial, const Dataset& dataset) {
    job.threads = 0;
    const Document fields = write_fields([&](Fields& visitor) { describe(visitor, job); });
    const std::span<const std::uint8_t> pixels = dataset.train.pixels;
    const std::span<const std::uint16_t> labels = dataset.train.labels;
    return Hasher()
        .add(to_json(fields, JsonLayout::compact))
        .add(content_hash(initial))
        .add(pixels)
        .add(labels)
        .finish();
}

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

/// One run of a job: what stays the same from step to step.
class Run {
  public:
    Run(const TrainJob& job, const Network& initial, const Dataset& dataset, torch::Device device)
        : job_(job), dataset_(dataset), device_(device),
          uses_bfloat16_(device.is_cpu() &&
                         (job.precision == "bfloat16" || (job.precision == "auto" && has_fast_bfloat16()))),
          module_(initial, device, static_cast<std::size_t>(job.shards)),
          optimizer_(make_optimizer(module_, job)), parameters_(module_.weights()) {
        parameters_.insert(parameters_.end(), module_.offsets().begin(), module_.offsets().end());
    }

    GraphModule& module() { return module_; }
    torch::optim::SGD& optimizer() { return optimizer_; }

    /// One pass over `order`; nothing when interrupted.
    std::optional<Sums> train_epoch(std::int64_t epoch, std::span<const std::int64_t> order,
                                    const std::atomic<bool>& interrupted, Progress& progress);

    double evaluate(const Images& images, std::span<const std::int64_t> indices) const;

    /// The last images of an epoch that fill no batch are left out; the next order brings them back.
    std::int64_t steps_per_epoch(std::size_t images) const {
        return std::max<std::int64_t>(1, static_cast<std::int64_t>(images) / job_.batch_size);
    }

  private:
    struct ShardResult {
        Sums sums;
        std::vector<Tensor> gradients;
    };

    ShardResult train_shard(std::span<const std::int64_t> batch, std::size_t shard,
                            const Random& epoch_stream) const;
    Sums train_step(std::span<const std::int64_t> batch, const Random& epoch_stream);

    const TrainJob& job_;
    const Dataset& dataset_;
    torch::Device device_;
    bool uses_bfloat16_;
    GraphModule module_;
    torch::optim::SGD optimizer_;
    std::vector<Tensor> parameters_;
};

Run::ShardResult Run::train_shard(std::span<const std::int64_t> batch, std::size_t shard,
                                  const Random& epoch_stream) const {
    const auto shards = static_cast<std::size_t>(job_.shards);
    const std::size_t begin = batch.size() * shard / shards;
    const std::span<const std::int64_t> part =
        batch.subspan(begin, batch.size() * (shard + 1) / shards - begin);
    const Images& images = dataset_.train;
    const auto elements = static_cast<std::size_t>(images.elements());
    std::vector<float> floats(part.size() * elements);
    for (std::size_t i = 0; i < part.size(); ++i) {
        write_shifted(images, part[i], draw_shift(job_.augmentation, epoch_stream, part[i]),
                      std::span(floats).subspan(i * elements, elements));
    }
    const Tensor labels = to_labels(images, part).to(device_);
    const Tensor input = to_batch(floats, images, device_);

    Tensor logits;
    {
        std::optional<BfloatScope> scope;
        if (uses_bfloat16_) scope.emplace();
        logits = module_.forward(input, Mode::training, shard);
    }
    logits = logits.to(torch::kFloat32);
    const Tensor loss = torch::cross_entropy_loss(logits, labels, {}, at::Reduction::Sum);
    // Not backward(): it would add both shards' gradients into one tensor in whatever order they end.
    ShardResult result;
    result.gradients = torch::autograd::grad({loss / static_cast<double>(batch.size())}, parameters_);
    result.sums = {.loss = loss.item<double>(),
                   .correct = count_correct(logits, labels),
                   .images = static_cast<std::int64_t>(part.size())};
    return result;
}

Sums Run::train_step(std::span<const std::int64_t> batch, const Random& epoch_stream) {
    std::vector<ShardResult> shards(static_cast<std::size_t>(job_.shards));
    for_each_on(device_, shards.size(),
                [&](std::size_t shard) { shards[shard] = train_shard(batch, shard, epoch_stream); });
    Sums sums;
    for (const ShardResult& shard : shards) sums += shard.sums;
    for (std::size_t i = 0; i < parameters_.size(); ++i) {
        Tensor gradient = shards.front().gradients[i];
        for (std::size_t shard = 1; shard < shards.size(); ++shard) gradient += shards[shard].gradients[i];
        parameters_[i].mutable_grad() = gradient;
    }
    optimizer_.step();
    return sums;
}

std::optional<Sums> Run::train_epoch(std::int64_t epoch, std::span<const std::int64_t> order,
                                     const std::atomic<bool>& interrupted, Progress& progress) {
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
        set_learning_rate(optimizer_,
                          learning_rate_at(epoch * steps + step, job_.epochs * steps, job_.learning_rate));
        const std::span<const std::int64_t> batch =
            std::span(shuffled).subspan(static_cast<std::size_t>(step) * batch_size, batch_size);
        sums += train_step(batch, epoch_stream);
        progress.update(step + 1,
                        fmt::format("loss {:.3f} accuracy {:.4f}", sums.mean_loss(), sums.accuracy()));
    }
    progress.end();
    module_.average_statistics();
    return sums;
}

double Run::evaluate(const Images& images, std::span<const std::int64_t> indices) const {
    const auto size = static_cast<std::size_t>(kEvaluationBatch);
    std::vector<std::int64_t> correct((indices.size() + size - 1) / size);
    for_each_on(device_, correct.size(), [&](std::size_t i) {
        const torch::NoGradGuard no_gradients;
        const auto part = indices.subspan(i * size, std::min(size, indices.size() - i * size));
        std::vector<float> floats = to_floats(images, part);
        const Tensor logits = module_.forward(to_batch(floats, images, device_), Mode::evaluation, 0);
        correct[i] = count_correct(logits, to_labels(images, part).to(device_));
    });
    std::int64_t sum = 0;
    for (const std::int64_t part : correct) sum += part;
    return static_cast<double>(sum) / static_cast<double>(indices.size());
}

std::vector<std::int64_t> all_of(const Images& images) {
    std::vector<std::int64_t> indices(static_cast<std::size_t>(images.count()));
    std::iota(indices.begin(), indices.end(), std::int64_t{0});
    return indices;
}

tl::unexpected<Error> interruption(const std::filesystem::path& checkpoint, std::size_t done,
                                   std::int64_t epochs) {
    const std::string place = fmt::format("interrupted after epoch {} of {}", done, epochs);
    const std::string remedy = checkpoint.empty() ? "no interrupt: there is no checkpoint to go on from"
                                                  : "the same command again, which goes on from here";
    return tl::unexpected(Error{ErrorKind::interrupted, {{checkpoint.string(), place, "", remedy}}});
}

Result<TrainResult> run_job(const TrainJob& job, const Network& initial, const Dataset& dataset,
                            const std::filesystem::path& checkpoint, const std::atomic<bool>& interrupted,
                            Progress& progress) {
    TANDEM_TRY(validate(job, ""));
    TANDEM_TRY(check_trainable(initial));
    const Split split = TANDEM_TRY(split_dataset(dataset, 0, kHeldOut - kCalibrationPool));
    const torch::Device device = TANDEM_TRY(choose_device(job.device));
    const ThreadLimit limit(job.threads == 0 ? available_threads() : static_cast<std::size_t>(job.threads));
    Run run(job, initial, dataset, device);
    TrainResult result;
    const ContentHash identity = identity_of(job, initial, dataset);
    if (!checkpoint.empty()) {
        if (const std::optional<std::string> state = TANDEM_TRY(load_checkpoint(checkpoint, identity))) {
            result.epochs = load_state(*state, run.module(), run.optimizer());
        }
    }
    while (static_cast<std::int64_t>(result.epochs.size()) < job.epochs) {
        const auto epoch = static_cast<std::int64_t>(result.epochs.size());
        const auto begin = std::chrono::steady_clock::now();
        const std::optional<Sums> sums = run.train_epoch(epoch, split.train, interrupted, progress);
        if (!sums) return interruption(checkpoint, result.epochs.size(), job.epochs);
        if (!std::isfinite(sums->loss)) {
            return failed("", fmt::format("epoch {}", epoch + 1), "a loss that is no number",
                          "a smaller learning_rate");
        }
        const std::int64_t steps = run.steps_per_epoch(split.train.size());
        const double validation = run.evaluate(dataset.train, split.validation);
        const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
        result.epochs.push_back(
            {.epoch = epoch + 1,
             .learning_rate = learning_rate_at(epoch * steps, job.epochs * steps, job.learning_rate),
             .training_loss = sums->mean_loss(),
             .training_accuracy = sums->accuracy(),
             .validation_accuracy = validation,
             .seconds = elapsed.count()});
        log_info(fmt::format(
            "epoch {}/{}: loss {:.4f}, training accuracy {:.4f}, validation accuracy {:.4f}, "
            "{:.0f} s",
            epoch + 1, job.epochs, sums->mean_loss(), sums->accuracy(), validation, elapsed.count()));
        if (!checkpoint.empty()) {
            const std::string state = save_state(run.module(), run.optimizer(), result.epochs);
            TANDEM_TRY(write_checkpoint(checkpoint, identity, state));
        }
    }
    result.test_accuracy = run.evaluate(dataset.test, all_of(dataset.test));
    result.network = run.module().to_network();
    return result;
}

/// What LibTorch throws becomes an error with a name.
template <class Body> std::invoke_result_t<Body> guarded(const Body& body) {
    try {
        return body();
    } catch (const c10::Error& error) {
        return failed("LibTorch", "", error.what_without_backtrace(), "");
    } catch (const std::bad_alloc&) {
        return failed("LibTorch", "", "no memory left", "a smaller batch_size");
    } catch (const std::runtime_error& error) {
        return failed("LibTorch", "", error.what(), "");
    }
}

class LibTorchTrainer final : public Trainer {
  public:
    Result<TrainResult> train(const TrainJob& job, const Network& initial, const Dataset& dataset,
                              const std::filesystem::path& checkpoint, const std::atomic<bool>& interrupted,
                              Progress& progress) override {
        return guarded([&] { return run_job(job, initial, dataset, checkpoint, interrupted, progress); });
    }

    Result<std::vector<float>> attack(const Attack& attack, const Network& network,
                                      std::span<const float> samples, std::span<const std::int32_t> labels,
                                      const PixelRange& range, const std::atomic<bool>& interrupted,
                                      Progress& progress) override {
        return guarded(
            [&] { return attack_samples(attack, network, samples, labels, range, interrupted, progress); });
    }

    std::unique_ptr<ActorCritic> make_actor_critic(const ActorCriticOptions& options) override {
        return make_ddpg_networks(options);
    }

    std::string describe() const override {
        return fmt::format("LibTorch {}, {}", TORCH_VERSION, torch::cuda::is_available() ? "CUDA" : "CPU");
    }
};

} // namespace

} // namespace tandem

extern "C" {

__attribute__((visibility("default"))) const char* tandem_training_interface() {
    static const std::string text = tandem::training_plugin::interface_name();
    return text.c_str();
}

__attribute__((visibility("default"))) tandem::Trainer* tandem_training_make() {
    return new tandem::LibTorchTrainer();
}
}
