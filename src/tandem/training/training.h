// Training, as the rest of Tandem sees it: a job in, a trained network out. The work is done by a
// plug-in library, the only code that links LibTorch, loaded when something trains.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
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
#include "tandem/training/augmentation.h"
#include "tandem/training/quantization.h"
#include "tandem/training/supernet.h"

namespace tandem {

/// A training job, as its YAML file gives it.
struct TrainJob {
    std::string topology; ///< name of a generator; or
    std::string network;  ///< an ONNX file to go on from
    std::string dataset = "fashion-mnist";
    std::string dataset_directory; ///< empty: the data set's default
    Normalization normalization;   ///< of pixels
    std::int64_t epochs = 12;
    std::int64_t batch_size = 128;
    /// Parts of a batch that are computed side by side, each on one thread, and added in order, so
    /// that the number of threads never shows in the result. Batch normalisation sees one part.
    std::int64_t shards = 2;
    std::string optimizer = "sgd";   ///< sgd | adam | adamw
    std::string schedule = "cosine"; ///< of schedule.h
    double learning_rate = 0.1; ///< the peak of the schedule; adam and adamw want about a hundredth of this
    double momentum = 0.9;      ///< of adam and adamw beta 1
    double second_momentum = 0.999; ///< beta 2 of adam and adamw
    /// Pulls at weights of Conv and Gemm. adamw takes it off the weights themselves, the others add it to the
    /// gradients.
    double weight_decay = 5e-4;
    /// Share of the target that is spread over all classes (Szegedy et al., CVPR 2016, section 7).
    double label_smoothing = 0.0;
    /// Epochs without a better validation accuracy after which training stops; then, as whenever it is not 0,
    /// the network of the best epoch comes back. 0: all epochs, and the last network.
    std::int64_t patience = 0;
    /// Batches over which the statistics of batch normalisation are taken again at the end; 0: those that
    /// moved along while it trained stay.
    std::int64_t statistics_batches = 0;
    /// Share of the parameters, and of the statistics of batch normalisation, that their moving average keeps
    /// at every step: min(this, (1 + step) / (10 + step)). Where it is not 0 the average is what is validated
    /// and comes back.
    double averaging = 0.0;
    Augmentation augmentation;
    double mixup = 0.0; ///< alpha of draw_own_share, by which pairs of images and labels are mixed; 0: none
    /// Share of the range of pixels by which every image is changed against the network before it learns from
    /// it, by one step from a random start (Wong, Rice, Kolter, ICLR 2020, algorithm 3); 0: none.
    double adversarial_epsilon = 0.0;
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
/// The same rules and ranges for a job that was changed since, or comes from a command line.
[[nodiscard]] Result<void> validate_changed(TrainJob job, const std::string& file);
/// The rules between fields.
[[nodiscard]] Result<void> validate(const TrainJob& job, const std::string& file);

/// What the job starts from: its ONNX file, or its topology with parameters drawn from its seed.
/// Errors: images too small for the topology; those of load_onnx; more than one input or output; an
/// input that is not the data set's image; an output that is not one number a class.
[[nodiscard]] Result<Network> load_starting_network(const TrainJob& job, const Dataset& dataset);

/// Errors: more than one input or output; an input that is not the data set's image; an output that is not
/// one number a class. `file` is what gave the network.
[[nodiscard]] Result<void> check_suits(const Network& network, const Dataset& dataset,
                                       const std::string& file);

/// What one epoch reported.
struct EpochRecord {
    std::int64_t epoch = 0; ///< the first is 1; 0 before it, when nothing else is known
    double learning_rate = 0.0;
    double training_loss = 0.0;       ///< mean over the epoch, of augmented images
    double training_accuracy = 0.0;   ///< the same
    double validation_accuracy = 0.0; ///< of the split's whole validation pool, in float32
    double seconds = 0.0;

    bool operator==(const EpochRecord&) const = default;
};

/// What a method that prunes while training decides between epochs.
struct EpochDecision {
    /// By weight initialiser of the network: a byte a weight, in its order; where it is 0 the weight becomes
    /// 0.
    std::map<std::string, std::vector<std::uint8_t>> masks = {};
    /// Whether masked weights are zero again after every step. Else they may come back, but those of an
    /// output channel that has no others: of no signal the normalisation behind it would make gradients
    /// beyond measure, and weights that outweigh all others.
    bool holds_masks = false;
    bool stops = false; ///< this epoch was the last

    bool operator==(const EpochDecision&) const = default;
};

/// Called once before the first epoch, with a record of epoch 0, and after every epoch. A function of its
/// arguments alone: a resumed run takes the last decision from its checkpoint and does not ask again for the
/// epochs before. An error ends the training.
using EpochHook = std::function<Result<EpochDecision>(const EpochRecord& record, const Network& network)>;

struct TrainResult {
    Network network; ///< batch normalisation in place, as trained; masked weights are 0
    std::vector<EpochRecord> epochs;
    std::int64_t best_epoch = 0; ///< the one that `network` is of
    double test_accuracy = 0.0;  ///< 0 of a data set without test images
};

struct QuantizedTraining {
    TrainResult result; ///< its weights are those that become integers; accuracies are those of the integers
    Strategy strategy = {}; ///< calibrated for the network, prepared for deployment
};

struct SupernetTraining {
    TrainResult result; ///< loss and training accuracy of the widest strategy; the others are means over
                        ///< supernet_panel
    PrecisionSupernet supernet;
};

/// The plug-in's door.
class Trainer {
  public:
    virtual ~Trainer() = default;
    /// Refuses every node that has no trainable form, all at once; so does whatever trains.
    [[nodiscard]] virtual Result<void> check(const Network& network) const = 0;
    /// Trains from `initial`; writes a checkpoint an epoch into `checkpoint` and goes on from it
    /// when it exists; an empty path keeps none. The same job, network, data set and hook give the same
    /// bytes, interrupted or not, on any number of threads. `hook` may be empty; with patience, the best
    /// epoch is one since its masks last changed. Once `interrupted` is true the next step ends with
    /// ErrorKind::interrupted; the last whole epoch is in the checkpoint. Errors: a damaged checkpoint or one
    /// of another job, a device LibTorch does not have, a data set too small to split, a mask that does not
    /// fit its weights, a loss that is no number, a checkpoint that cannot be written (the one before is
    /// kept).
    [[nodiscard]] virtual Result<TrainResult>
    train(const TrainJob& job, const Network& initial, const Dataset& dataset,
          const std::filesystem::path& checkpoint, const EpochHook& hook,
          const std::atomic<bool>& interrupted, Progress& progress) = 0;
    /// The same for a network that learns to be quantised. Where `setup` distils, the teacher is `initial`.
    [[nodiscard]] virtual Result<QuantizedTraining>
    train_quantized(const TrainJob& job, const QuantizationSetup& setup, const Network& initial,
                    const Dataset& dataset, const std::filesystem::path& checkpoint, const EpochHook& hook,
                    const std::atomic<bool>& interrupted, Progress& progress) = 0;
    /// The same for one set of weights under every strategy of a space. An epoch is a pass over the images by
    /// 2 + drawn strategies.
    [[nodiscard]] virtual Result<SupernetTraining>
    train_supernet(const TrainJob& job, const SupernetSetup& setup, const Network& initial,
                   const Dataset& dataset, const std::filesystem::path& checkpoint,
                   const std::atomic<bool>& interrupted, Progress& progress) = 0;
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
