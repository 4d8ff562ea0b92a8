// The integers that a layer's weights become, and what they stand for.
#pragma once

#include <algorithm>
#include <string_view>

#include "tandem/core/check.h"
#include "tandem/numerics/affine_scale.h"
#include "tandem/numerics/number_format.h"
#include "tandem/strategy/strategy.h"

namespace tandem {

/// By the format's power of two, or by the scales of the layer. `formats` must outlive it.
class WeightGrid {
  public:
    explicit WeightGrid(const LayerFormats& formats) : formats_(formats) {}

    const NumberFormat& format() const { return formats_.weights; }
    /// What 1 stands for in an output channel.
    float step(std::size_t output) const {
        return formats_.weight_scales.empty() ? affine_scale_of(format()).scale
                                              : scale_of(formats_.weight_scales, output);
    }
    std::int32_t integer(float weight, std::size_t output) const {
        if (formats_.weight_scales.empty()) return quantize(weight, format());
        return quantize(weight, format(), {.scale = step(output), .zero_point = 0});
    }
    float value(std::int32_t integer, std::size_t output) const {
        return static_cast<float>(integer) * step(output);
    }

  private:
    const LayerFormats& formats_;
};

/// The formats of a layer; a calibrated strategy has them.
inline const LayerFormats& formats_of(const Strategy& strategy, std::string_view layer) {
    TANDEM_CHECK(strategy.calibrated.has_value(), "a calibrated strategy");
    const auto found = std::find_if(strategy.calibrated->layers.begin(), strategy.calibrated->layers.end(),
                                    [&](const LayerFormats& any) { return any.layer == layer; });
    TANDEM_CHECK(found != strategy.calibrated->layers.end(), "formats of every layer");
    return *found;
}

} // namespace tandem
