// Training, as the rest of Tandem sees it: a job in, a trained network out. The work is done by a
// plug-in library, the only code that links LibTorch, loaded when something trains.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tandem/core/fields.h"
#include "tandem/core/progress.h"
#include "tandem/core/result.h"
#include "tandem/data/dataset.h"
#include "tandem/network/network.h"

namespace tandem {

/// A training job, as its YAML file gives it.
struct TrainJob {
    std::string topology; ///< name of a generator; or
    std::string network;  ///< an ONNX file to go on from
    std::string dataset = "fashion-mnist";
    std::string dataset_directory; ///< empty: the data set's default
    std::int64_t epochs = 12;
    std::int64_t batch_size = 128;
    double learning_rate = 0.1; ///< at the start of the cosine schedule
    double momentum = 0.9;
    double weight_decay = 5e-4;
    std::string augmentation = "crop-flip"; ///< none | crop | crop-flip
    std::int64_t seed = 1;
    std::string device = "auto"; ///< auto | cpu | cuda
    std::int64_t threads = 0;    ///< 0: all

    bool operator==(const TrainJob&) const = default;
};

void describe(Fields& fields, TrainJob& job);
[[nodiscard]] Result<TrainJob> load_train_job(const std::string& path);

/// What one epoch reported.
struct EpochRecord {
    std::int64_t epoch = 0;
    double learning_rate = 0.0;
    double training_loss = 0.0;
    double training_accuracy = 0.0;
    double validation_accuracy = 0.0;
    double seconds = 0.0;
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
    /// Trains from `initial`; writes a checkpoint a epoch into `checkpoint` and goes on from it when
    /// it exists and belongs to the same job. SIGINT ends with ErrorKind::interrupted after the
    /// checkpoint is safe.
    virtual Result<TrainResult> train(const TrainJob& job, const Network& initial, const Dataset& dataset,
                                      const std::filesystem::path& checkpoint, Progress& progress) = 0;
    /// "LibTorch 1.13.1, CPU".
    virtual std::string describe() const = 0;
};

/// Loads the plug-in from beside the program. Failing names what to install.
[[nodiscard]] Result<std::shared_ptr<Trainer>> load_trainer();

} // namespace tandem
