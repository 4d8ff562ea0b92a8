#include <algorithm>

#include <fmt/format.h>

#include "tandem/core/document.h"
#include "tandem/data/dataset.h"
#include "tandem/network/topologies/topologies.h"
#include "tandem/training/schedule.h"
#include "tandem/training/training.h"

namespace tandem {

namespace {

template <class Entry> std::vector<std::string> names_of(const std::vector<Entry>& entries) {
    std::vector<std::string> names;
    names.reserve(entries.size());
    for (const Entry& entry : entries) names.emplace_back(entry.name);
    return names;
}

} // namespace

void describe(Fields& fields, TrainJob& job) {
    fields.text({.name = "topology", .meaning = "generator of the network to train from scratch"},
                job.topology);
    fields.text({.name = "network", .meaning = "ONNX file to train further, in place of a topology"},
                job.network);
    fields.choice({.name = "dataset", .meaning = "data set to train on"}, job.dataset, dataset_names());
    fields.text({.name = "dataset_directory", .meaning = "where its files are; empty: the usual place"},
                job.dataset_directory);
    describe(fields, job.normalization);
    fields.integer({.name = "epochs", .meaning = "passes over the training images"}, job.epochs, {1, 10000});
    fields.integer({.name = "batch_size", .meaning = "images a step"}, job.batch_size, {2, 65536});
    fields.integer({.name = "shards", .meaning = "parts of a batch computed side by side"}, job.shards,
                   {1, 256});
    fields.choice({.name = "optimizer", .meaning = "how gradients become steps"}, job.optimizer,
                  {"sgd", "adam", "adamw"});
    fields.choice({.name = "schedule", .meaning = "of the learning rate"}, job.schedule, known_schedules());
    fields.number({.name = "learning_rate", .meaning = "peak of the schedule"}, job.learning_rate,
                  {1e-9, 100.0});
    fields.number({.name = "momentum", .meaning = "share of the last step kept in the next"}, job.momentum,
                  {0.0, 0.9999});
    fields.number({.name = "second_momentum", .meaning = "beta 2 of adam and adamw"}, job.second_momentum,
                  {0.0, 0.999999});
    fields.number({.name = "weight_decay", .meaning = "pull of Conv and Gemm weights towards zero"},
                  job.weight_decay, {0.0, 1.0});
    fields.number({.name = "label_smoothing", .meaning = "share of the target spread over all classes"},
                  job.label_smoothing, {0.0, 0.999});
    fields.integer({.name = "patience", .meaning = "epochs without a better one before it stops; 0: never"},
                   job.patience, {0, 10000});
    fields.integer({.name = "statistics_batches", .meaning = "that set batch normalisation anew at the end"},
                   job.statistics_batches, {0, 1'000'000});
    fields.number({.name = "averaging", .meaning = "share that moving averages of parameters keep a step"},
                  job.averaging, {0.0, 0.999999});
    describe(fields, job.augmentation);
    fields.number({.name = "mixup", .meaning = "alpha by which pairs of images are mixed; 0: none"},
                  job.mixup, {0.0, 1.0});
    fields.number({.name = "adversarial_epsilon",
                   .meaning = "share of the range by which images turn against the network; 0: none"},
                  job.adversarial_epsilon, {0.0, 1.0});
    fields.integer({.name = "seed", .meaning = "of first parameters, order and augmentation"}, job.seed,
                   {0, std::numeric_limits<std::int64_t>::max()});
    fields.choice({.name = "device", .meaning = "where to compute"}, job.device, {"auto", "cpu", "cuda"});
    fields.choice({.name = "precision", .meaning = "of forward and backward passes"}, job.precision,
                  {"auto", "float32", "bfloat16"});
    fields.integer({.name = "threads", .meaning = "threads to use; 0: all; never changes the result"},
                   job.threads, {0, 4096});
}

Result<void> validate(const TrainJob& job, const std::string& file) {
    std::vector<Problem> problems;
    const auto refuse = [&](std::string place, std::string found, std::string expected) {
        problems.push_back({file, std::move(place), std::move(found), std::move(expected)});
    };
    const std::vector<std::string> topologies = names_of(known_topologies());
    const std::string choice = fmt::format("one of: {}", fmt::join(topologies, ", "));
    if (job.topology.empty() && job.network.empty()) {
        refuse("topology", "neither topology nor network", "a topology (" + choice + ") or an ONNX file");
    } else if (!job.topology.empty() && !job.network.empty()) {
        refuse("topology", "both topology and network", "one of the two");
    } else if (!job.topology.empty() && find_topology(job.topology) == nullptr) {
        refuse("topology", with_suggestion(job.topology, topologies), choice);
    }
    if (2 * job.shards > job.batch_size) {
        refuse("shards", std::to_string(job.shards),
               fmt::format("at most {}: batch normalisation needs two images of a batch of {} in each",
                           job.batch_size / 2, job.batch_size));
    }
    if (!problems.empty()) return bad_input(std::move(problems));
    return {};
}

Result<void> validate_changed(TrainJob job, const std::string& file) {
    const Document document = write_fields([&](Fields& fields) { describe(fields, job); });
    TANDEM_TRY(read_fields(document, file, "", [&](Fields& fields) { describe(fields, job); }));
    return validate(job, file);
}

Result<void> check_suits(const Network& network, const Dataset& dataset, const std::string& file) {
    const Images& images = dataset.train;
    const Shape image_shape = {kBatch, images.channels, images.rows, images.columns};
    const auto classes = static_cast<std::int64_t>(dataset.classes.size());
    std::vector<Problem> problems;
    const auto refuse = [&](std::string place, std::string found, std::string expected) {
        problems.push_back({file, std::move(place), std::move(found), std::move(expected)});
    };
    if (network.inputs.size() != 1 || network.outputs.size() != 1) {
        refuse("", fmt::format("{} inputs and {} outputs", network.inputs.size(), network.outputs.size()),
               "one of each");
        return bad_input(std::move(problems));
    }
    const Shape& input = network.shape(network.inputs.front());
    if (input != image_shape) {
        refuse(network.inputs.front(), "shape " + to_string(input),
               fmt::format("{}, an image of {}", to_string(image_shape), dataset.name));
    }
    const Shape& output = network.shape(network.outputs.front());
    if (output != Shape{kBatch, classes}) {
        refuse(network.outputs.front(), "shape " + to_string(output),
               fmt::format("{}, the classes of {}", to_string(Shape{kBatch, classes}), dataset.name));
    }
    if (!problems.empty()) return bad_input(std::move(problems));
    return {};
}

} // namespace tandem
