// What a training job names: its YAML file, and the network that it starts from.
#include <fmt/format.h>

#include "tandem/core/document.h"
#include "tandem/network/onnx/onnx.h"
#include "tandem/network/topologies/topologies.h"
#include "tandem/training/training.h"

namespace tandem {

Result<TrainJob> load_train_job(const std::string& path) {
    const Document document = TANDEM_TRY(load_yaml(path));
    TrainJob job;
    TANDEM_TRY(read_fields(document, path, "", [&](Fields& fields) { describe(fields, job); }));
    TANDEM_TRY(validate(job, path));
    return job;
}

Result<Network> load_starting_network(const TrainJob& job, const Dataset& dataset) {
    TANDEM_TRY(validate(job, ""));
    const Images& images = dataset.train;
    TANDEM_TRY(check_normalization(job.normalization, images.channels));
    Network network;
    if (job.topology.empty()) {
        network = TANDEM_TRY(load_onnx(job.network));
    } else {
        const Topology& topology = *find_topology(job.topology);
        if (!topology.takes(images.rows, images.columns)) {
            return bad_input(dataset.name, "", fmt::format("images of {}x{}", images.rows, images.columns),
                             fmt::format("at least {} rows and {} columns, which {} needs",
                                         topology.minimum_rows, topology.minimum_columns, job.topology));
        }
        network = topology.build({.input_shape = {kBatch, images.channels, images.rows, images.columns},
                                  .classes = static_cast<std::int64_t>(dataset.classes.size()),
                                  .seed = static_cast<std::uint64_t>(job.seed)});
    }
    TANDEM_TRY(check_suits(network, dataset, job.topology.empty() ? job.network : job.topology));
    return network;
}

} // namespace tandem
