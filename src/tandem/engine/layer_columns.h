// What a layer multiplies: for each position of its output and each group of channels one column of inputs,
// which every filter of the group meets. Post-training methods judge weights by these columns.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "tandem/network/network.h"
#include "tandem/network/operators/operators.h"
#include "tandem/network/operators/weight_layout.h"

namespace tandem {

/// The columns of one Conv or Gemm of a prepared network, and where their weights stand.
class LayerColumns {
  public:
    LayerColumns(const Network& network, const Node& layer);

    std::int64_t groups() const { return weights_.groups; }
    std::int64_t outputs() const { return weights_.outputs / weights_.groups; } ///< of one group
    std::int64_t reads() const { return weights_.reads(); } ///< inputs that one output reads
    std::int64_t positions() const { return output_rows_ * output_columns_; }

    /// Writes `reads()` values of one sample (C, H, W), channel by channel of the group, then row by row of
    /// the window; zeros where the window lies outside.
    void copy(std::span<const float> sample, std::int64_t group, std::int64_t position,
              std::span<float> column) const;

    /// Where in the weights' parameter the factor of one read stands.
    std::size_t weight(std::int64_t group, std::int64_t output, std::int64_t read) const {
        return weights_.index(group * outputs() + output, read);
    }

  private:
    WeightLayout weights_;
    Window window_;
    std::int64_t rows_ = 1;
    std::int64_t columns_ = 1;
    std::int64_t output_rows_ = 1;
    std::int64_t output_columns_ = 1;
};

/// The mean column of each group, one after the other: what a layer's mean output is linear in. `samples` are
/// values of the layer's input, (N, C, H, W).
std::vector<double> mean_columns(const LayerColumns& columns, std::span<const float> samples,
                                 std::int64_t count);

} // namespace tandem
