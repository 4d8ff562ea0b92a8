// One run of a training job: what a step, an epoch and an evaluation are. A batch is cut into shards, each
// computed on one thread with kernels of one thread, and their gradients are added in order: the number of
// threads never shows, and busy cores do not stall LibTorch's own thread team.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <torch/optim/optimizer.h>
#include <torch/types.h>

#include "tandem/core/progress.h"
#include "tandem/core/random.h"
#include "tandem/core/result.h"
#include "tandem/data/dataset.h"
#include "tandem/training/augmentation.h"
#include "tandem/training/plugin/graph_module.h"
#include "tandem/training/training.h"

namespace tandem {

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

/// A network that tells another what to say, and the share of the loss that the divergence from it is.
struct Teacher {
    GraphModule module;
    double share = 0.0;
};

/// What stays the same from step to step.
class TrainingRun {
  public:
    /// `job` and `dataset` must outlive the run. With a setup, `module` is a supernet by it.
    TrainingRun(const TrainJob& job, const Dataset& dataset, torch::Device device, GraphModule module,
                std::optional<Teacher> teacher, std::optional<SupernetSetup> supernet);

    GraphModule& module() { return module_; }
    torch::optim::Optimizer& optimizer() { return *optimizer_; }

    /// From here on, until the next call, what the decision masks is 0: now, and after every step if it
    /// holds. Errors: a name that is no weight, a mask of another size.
    [[nodiscard]] Result<void> mask(const EpochDecision& decision);

    /// One pass over `order`; nothing when interrupted. Errors: a loss that is no number.
    [[nodiscard]] Result<std::optional<Sums>> train_epoch(std::int64_t epoch,
                                                          std::span<const std::int64_t> order,
                                                          const std::atomic<bool>& interrupted,
                                                          Progress& progress);

    /// Sets the running statistics to the means over so many batches of `order`, augmented as in training; a
    /// supernet's move on with one strategy a batch.
    void estimate_statistics(std::span<const std::int64_t> order, std::int64_t batches);

    /// Copies of what the run comes to if it ends now, as restore takes them: of the averages where the job
    /// has them, else of the module.
    std::vector<torch::Tensor> outcome() const;
    /// The averages of the job, empty where it has none; to be set when a run is resumed.
    const std::vector<torch::Tensor>& averages() const { return averages_; }
    void set_averages(std::vector<torch::Tensor> averages) { averages_ = std::move(averages); }

    /// The share of an epoch's time that the last one waited for images.
    double data_wait() const { return data_wait_; }

    /// The share of the images that the module, or where the job has averages they, get right, in float32; in
    /// integers where it learns to be quantised. Of a supernet, the mean over supernet_panel, the widest
    /// being selected afterwards.
    double evaluate(const Images& images, std::span<const std::int64_t> indices);

    /// The last images of an epoch that fill no batch are left out; the next order brings them back.
    std::int64_t steps_per_epoch(std::size_t images) const;

  private:
    /// What one thread computes of a batch.
    struct Shard {
        torch::Tensor input;
        torch::Tensor labels;
        double own_share = 1.0; ///< of the labels; the rest is of the labels in reverse order
        torch::Tensor said;     ///< by the widest strategy of a supernet, once it has run
    };
    struct ShardResult {
        Sums sums;
        std::vector<torch::Tensor> gradients; ///< undefined of a parameter that did not take part
        torch::Tensor logits;
    };
    /// A weight and where it is 0.
    struct Mask {
        torch::Tensor weight;
        torch::Tensor is_zero;
    };

    std::span<const std::int64_t> part_of(std::span<const std::int64_t> batch, std::size_t shard) const;
    torch::Tensor input_of(std::span<const std::int64_t> part, const Random& epoch_stream) const;
    std::vector<Shard> make_shards(std::span<const std::int64_t> batch, const Random& epoch_stream,
                                   std::int64_t step) const;
    void turn_against(std::vector<Shard>& shards, const Random& epoch_stream, std::int64_t step) const;
    torch::Tensor label_loss(const Shard& shard, const torch::Tensor& logits) const;
    ShardResult train_shard(const Shard& shard, std::size_t index, std::int64_t batch_images) const;
    torch::Tensor distilled(const torch::Tensor& loss, const torch::Tensor& logits,
                            const torch::Tensor& input) const;
    /// One pass forward and back, its gradients added to those of the passes before.
    Sums add_gradients(std::vector<Shard>& shards, std::int64_t batch_images);
    Sums train_step(std::span<const std::int64_t> batch, const Random& epoch_stream, std::int64_t step);
    /// Moves the averages on after so many steps of the run.
    void average(std::int64_t steps);
    double evaluate_outcome(const Images& images, std::span<const std::int64_t> indices);
    double evaluate_selected(const Images& images, std::span<const std::int64_t> indices) const;
    std::string first_node_without_numbers(std::span<const std::int64_t> batch,
                                           const Random& epoch_stream) const;

    const TrainJob& job_;
    const Dataset& dataset_;
    Augmenter augmenter_;
    double data_wait_ = 0.0;
    torch::Device device_;
    bool uses_bfloat16_;
    GraphModule module_;
    std::optional<Teacher> teacher_;
    std::optional<SupernetSetup> supernet_;
    std::unique_ptr<torch::optim::Optimizer> optimizer_;
    std::vector<torch::Tensor> parameters_;
    std::vector<Mask> held_masks_;
    std::vector<torch::Tensor> averages_;
};

} // namespace tandem
