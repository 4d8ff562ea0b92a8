// The builder that the reference topologies share: it appends nodes to a network and gives their parameters
// seeded values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tandem/core/random.h"
#include "tandem/network/network.h"
#include "tandem/network/topologies/topologies.h"

namespace tandem::topologies {

/// What a convolution of a topology says about itself; kernels, strides and pads are square unless the second
/// number of a pair says otherwise (0: as the first).
struct ConvPlan {
    std::int64_t channels;
    std::int64_t kernel;
    std::int64_t stride = 1;
    std::int64_t pad = 0;
    std::int64_t groups = 1;
    std::int64_t kernel_columns = 0;
    bool keeps_extents = false; ///< pads as TensorFlow's "same" does, in place of `pad`
    std::int64_t dilation = 1;
};

struct PoolPlan {
    std::int64_t kernel = 2;
    std::int64_t stride = 2;
    std::int64_t kernel_columns = 0;
    std::int64_t stride_columns = 0;
    std::int64_t pad = 0;
    bool rounds_up = false;
};

enum class Bias { none, zero };

/// Appends nodes to a network. Each call names its node, gives its output the same name, and returns it.
/// Shapes are filled as the nodes come, so that the next one knows its channels.
class Builder {
  public:
    Builder(std::string name, const TopologyRequest& request);

    std::string conv(const std::string& name, const std::string& input, ConvPlan plan, Bias bias);
    std::string batch_normalization(const std::string& name, const std::string& input);
    /// Conv, BatchNormalization and Relu as `name`.conv, .bn and .relu.
    std::string conv_bn_relu(const std::string& name, const std::string& input, ConvPlan plan);
    /// The same without the Relu.
    std::string conv_bn(const std::string& name, const std::string& input, ConvPlan plan);
    /// A dense layer whose output tensor is `output`.
    std::string gemm(const std::string& name, const std::string& input, std::int64_t outputs,
                     const std::string& output);
    std::string max_pool(const std::string& name, const std::string& input, PoolPlan plan = {});
    std::string average_pool(const std::string& name, const std::string& input, PoolPlan plan = {});
    /// Bilinear, to so many rows and columns, corners on corners.
    std::string resize(const std::string& name, const std::string& input, std::int64_t rows,
                       std::int64_t columns, const std::string& output);
    /// An operator without attributes or parameters.
    std::string plain(const std::string& name, const std::string& type, std::vector<std::string> inputs);
    std::string concat(const std::string& name, std::vector<std::string> inputs);
    /// Every second row and column, then zero channels on both sides up to `channels`: the shortcut without
    /// parameters of He et al. 2016, section 3.3, option A.
    std::string padded_shortcut(const std::string& name, const std::string& input, std::int64_t channels);
    std::string clip(const std::string& name, const std::string& input, float minimum, float maximum);
    /// GlobalAveragePool, Flatten, and the classifier.
    std::string classify(const std::string& input, std::int64_t classes);

    std::int64_t channels(const std::string& tensor) const { return network_.shape(tensor)[1]; }
    std::int64_t rows(const std::string& tensor) const { return network_.shape(tensor)[2]; }
    std::int64_t columns(const std::string& tensor) const { return network_.shape(tensor)[3]; }
    /// The valid network, which ends in `output`.
    Network finish(const std::string& output);

  private:
    std::string node(Node node);
    std::string pool(const std::string& name, const std::string& type, const std::string& input,
                     PoolPlan plan);
    void weights(const std::string& name, Shape shape, std::int64_t fan_in);
    std::string fill(const std::string& name, std::int64_t count, float value);
    std::string integers(const std::string& name, std::vector<std::int64_t> values);

    Network network_;
    Random random_;
};

} // namespace tandem::topologies
