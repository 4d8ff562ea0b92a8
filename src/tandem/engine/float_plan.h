// How the float executor runs a network when nobody looks at what lies between: nodes fused into the layer
// before them, layers made ready once, and as many samples at a time as keep tensors in a cache.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tandem/engine/float_kernels.h"
#include "tandem/engine/float_layer.h"

namespace tandem {

/// A node that computes, with what is fused into it. Tensors are numbered.
struct FloatStep {
    const Node* node = nullptr;
    const FloatKernel* kernel = nullptr; ///< runs the node where there is no layer
    std::unique_ptr<FloatLayer> layer;
    std::vector<dnnl::memory> parameters;           ///< by input of the node; empty for activations
    std::vector<std::optional<std::size_t>> inputs; ///< by input of the node: the activation
    std::optional<std::size_t> residual;            ///< an activation that the layer adds
    bool overwrites_residual = false;               ///< its memory becomes the output's
    std::size_t output = 0;
    dnnl::memory::dims extents;               ///< of the output, kBatch in front
    std::vector<std::size_t> last_reads = {}; ///< nobody reads them after this step
};

class FloatPlan {
  public:
    /// `network` and `parameters`, which point into it, outlive the plan. Every node has a kernel.
    FloatPlan(const Network& network, const std::map<std::string, dnnl::memory>& parameters);

    /// The outputs of `samples` samples, by name; inputs by name, in ONNX's order.
    std::map<std::string, std::vector<float>> run(const std::map<std::string, std::span<const float>>& inputs,
                                                  std::int64_t samples) const;

  private:
    std::size_t number_of(const std::string& tensor);
    void add_steps(const std::map<std::string, dnnl::memory>& parameters);
    void find_last_reads();
    bool may_overwrite_residual(const FloatStep& step) const;

    const Network& network_;
    std::map<std::string, std::size_t> numbers_; ///< of activations
    std::vector<FloatStep> steps_;
    std::int64_t batch_ = 1; ///< samples that go through together
    std::size_t scratchpad_bytes_ = 0;
};

/// Given samples in the kernels' layout. The memory may point into them.
dnnl::memory input_memory(std::span<const float> samples, const dnnl::memory::dims& extents);
/// Values in ONNX's order, whatever the layout of the kernels.
std::span<const float> onnx_values(dnnl::memory& memory);

} // namespace tandem
