#include "tandem/network/rewrites/rewrites.h"

namespace tandem {

Network prepare_for_deployment(Network network) {
    network = fold_constants(std::move(network));
    network = fold_padding(std::move(network));
    network = fold_batch_normalization(std::move(network));
    return complete_biases(std::move(network));
}

} // namespace tandem
