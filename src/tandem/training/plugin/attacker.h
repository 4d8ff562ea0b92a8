// The attacks of attack.h on a GraphModule.
#pragma once

#include <atomic>
#include <span>
#include <vector>

#include <torch/types.h>

#include "tandem/core/progress.h"
#include "tandem/core/random.h"
#include "tandem/core/result.h"
#include "tandem/data/dataset.h"
#include "tandem/network/network.h"
#include "tandem/training/attack.h"
#include "tandem/training/plugin/graph_module.h"

namespace tandem {

/// The pixels' range as tensors that broadcast over a batch.
class PixelBounds {
  public:
    PixelBounds(const PixelRange& range, torch::Device device);

    torch::Tensor span() const { return white_ - black_; }
    /// Into the range, and within `reach` of the originals.
    torch::Tensor clip(const torch::Tensor& images) const;
    torch::Tensor clip_about(const torch::Tensor& images, const torch::Tensor& originals,
                             const torch::Tensor& reach) const;

  private:
    torch::Tensor black_;
    torch::Tensor white_;
};

/// Images one step against the network: from a random start in the ball of `epsilon`, a share of the
/// range, 1.25 epsilon along the sign of the gradient, back into the ball (Wong, Rice, Kolter, ICLR 2020,
/// algorithm 3). The statistics of normalisation are those of the shard and stay.
torch::Tensor fast_adversary(const GraphModule& module, std::size_t shard, const PixelBounds& bounds,
                             const torch::Tensor& images, const torch::Tensor& labels, double epsilon,
                             Random stream);

/// As Trainer::attack promises.
[[nodiscard]] Result<std::vector<float>>
attack_samples(const Attack& attack, const Network& network, std::span<const float> samples,
               std::span<const std::int32_t> labels, const PixelRange& range,
               const std::atomic<bool>& interrupted, Progress& progress);

} // namespace tandem
