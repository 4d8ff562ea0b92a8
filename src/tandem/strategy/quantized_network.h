// A network that comes quantised: what other tools' files give.
#pragma once

#include "tandem/network/network.h"
#include "tandem/strategy/strategy.h"

namespace tandem {

struct QuantizedNetwork {
    Network network;
    Strategy strategy; ///< calibrated, for the network and for the network prepared for deployment
};

/// The integer formats of 8-bit tensors.
inline constexpr NumberFormat kSignedByte{.bits = 8};
inline constexpr NumberFormat kUnsignedByte{.bits = 8, .signedness = Signedness::is_unsigned};

/// The float that an integer bias stands for: bias * input scale * weight scale, rounded once.
float bias_value(std::int64_t bias, float input_scale, float weight_scale);

/// Whether lowering makes the integers of the floats again, for every output channel.
bool is_recovered(const std::vector<std::int64_t>& bias, float input_scale,
                  const std::vector<float>& weight_scales);

} // namespace tandem
