// Training, as the rest of Tandem sees it: a job in, a trained network out. The work is done by a
// plug-in library, the only code that links LibTorch, loaded when something trains.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tandem/core/fields.h"
#include "tandem/core/progress.h"
#include "tandem/core/result.h"
#include "tandem/data/dataset.h"
#include "tandem/network/network.h"
#include "tandem/training/actor_critic.h"
#include "tandem/training/attack.h"

namespace tandem {

/// A training job, as its YAML file gives it.
struct TrainJob {
    std::string topology; ///< name of a generator; or
    std::string network;  ///< an ONNX file to go on from
    std::string dataset = "fashion-mnist";
    std::string dataset_directory; ///< empty: the data set's default
    std::int64_t epochs = 12;
    std::int64_t batch_size = 128;
    /// Parts of a batch that are computed side by side, each on one thread, and added in order, so
    /// that the number of threads never shows in the result. Batch normalisation sees one part.
    std::int64_t shards = 2;
    double learning_rate = 0.1; ///< the peak: after the warm-up, before the cosine falls
    double momentum = 0.9;
    double weight_decay = 5e-4;
    std::string augmentation = "crop-flip"; ///< none | crop | crop-flip
    std::int64_t seed = 1;
    std::string device = "auto";    ///< auto | cpu | cuda
    std::string precision = "auto"; ///< of forward and backward passes: auto | float32 | bfloat16
    std::int64_t threads = 0;       ///< 0: all; does not change the result

    bool operator==(const TrainJob&) const = default;
};

void describe(Fields& fields, TrainJob& job);
/// Reads and validates a job file. Errors, all at once: those of read_fields, then a topology and
/// a network both or neither, an unknown topology, more shards than the batch can feed.
[[nodiscard]] Result<TrainJob> load_train_job(const std::string& path);
/// The rules between fields, for a job that did not come from a file or was changed since.
[[nodiscard]] Result<void> validate(const TrainJob& job, const std::string& file);

/// What the job starts from: its ONNX file, or its topology with parameters drawn from its seed.
/// Errors: images too small for the topology; those of load_onnx; more than one input or output; an
/// input that is not the data set's image; another number of outputs than classes.
[[nodiscard]] Result<Network> load_starting_network(const TrainJob& job, const Dataset& dataset);

/// What one epoch reported.
struct EpochRecord {
    std::int64_t epoch = 0;
    double learning_rate = 0.0;
    double training_loss = 0.0;       ///< mean over the epoch, of augmented images
    double training_accuracy = 0.0;   ///< the same
    double validation_accuracy = 0.0; ///< of the split's whole validation pool, in float32
    double seconds = 0.0;

    bool operator==(const EpochRecord&) const = default;
};

struct TrainResult {
    Network network; ///< batch normalisation in place, as trained
    std::vector<EpochRecord> epochs;
    double test_accuracy = 0.0;
};

/// The plug-in's door.
class Trainer {
  public:
    virtual ~Trainer() = default;
    /// Trains from `initial`; writes a checkpoint an epoch into `checkpoint` and goes on from it
    /// when it exists; an empty path keeps none. The same job, network and data set give the same
    /// bytes, interrupted or not, on any number of threads. Once `interrupted` is true the next step
    /// ends with ErrorKind::interrupted; the last whole epoch is in the checkpoint. Errors: a damaged
    /// checkpoint or one of another job, a device LibTorch does not have, a data set too small to
    /// split, a loss that is no number.
    [[nodiscard]] virtual Result<TrainResult> train(const TrainJob& job, const Network& initial,
                                                    const Dataset& dataset,
                                                    const std::filesystem::path& checkpoint,
                                                    const std::atomic<bool>& interrupted,
                                                    Progress& progress) = 0;
    /// The samples (N, C, H, W) as the attack changes them, within the pixels' range, `labels` being what the
    /// network should not say. The same on any number of threads. Errors: an operator without a gradient, a
    /// device LibTorch does not have; an interrupt.
    [[nodiscard]] virtual Result<std::vector<float>>
    attack(const Attack& attack, const Network& network, std::span<const float> samples,
           std::span<const std::int32_t> labels, const PixelRange& range,
           const std::atomic<bool>& interrupted, Progress& progress) = 0;
    /// The networks of a learning agent. `options` with at least one number a state.
    virtual std::unique_ptr<ActorCritic> make_actor_critic(const ActorCriticOptions& options) = 0;
    /// "LibTorch 1.13.0, CPU".
    virtual std::string describe() const = 0;
};

/// Loads the plug-in library from beside the program or from ../lib. Failing names what to install.
[[nodiscard]] Result<std::shared_ptr<Trainer>> load_trainer();
/// The same from a given file. Errors: missing, no library, no plug-in, one of another version.
[[nodiscard]] Result<std::shared_ptr<Trainer>> load_trainer(const std::filesystem::path& library);

} // namespace tandem
