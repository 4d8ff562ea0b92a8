#include "tandem/strategy/quantized_network.h"

#include <cmath>

namespace tandem {

namespace {

double product_of(float input_scale, float weight_scale) {
    return static_cast<double>(input_scale) * static_cast<double>(weight_scale);
}

} // namespace

float bias_value(std::int64_t bias, float input_scale, float weight_scale) {
    return static_cast<float>(static_cast<double>(bias) * product_of(input_scale, weight_scale));
}

bool is_recovered(const std::vector<std::int64_t>& bias, float input_scale,
                  const std::vector<float>& weight_scales) {
    for (std::size_t channel = 0; channel < bias.size(); ++channel) {
        const float weight_scale = scale_of(weight_scales, channel);
        const double value = static_cast<double>(bias_value(bias[channel], input_scale, weight_scale));
        if (std::nearbyint(value / product_of(input_scale, weight_scale)) !=
            static_cast<double>(bias[channel])) {
            return false;
        }
    }
    return true;
}

} // namespace tandem
