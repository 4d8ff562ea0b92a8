#include "tandem/network/operators/normalization.h"

#include <cmath>

namespace tandem::operators {

Judged<float> read_epsilon(const Node& node) {
    const float epsilon = TANDEM_TRY(attribute_or<float>(node, "epsilon", 1e-5F));
    if (!(epsilon >= 0.0F) || !std::isfinite(epsilon)) {
        return wrong("epsilon", fmt::format("{}", epsilon), "a number of at least 0");
    }
    return epsilon;
}

} // namespace tandem::operators

namespace tandem {

float normalization_epsilon(const Node& node) { return operators::trusted(operators::read_epsilon(node)); }

} // namespace tandem
