// Float layers and poolings made ready for oneDNN once: its primitives, for a batch of samples and for one,
// and the parameters in the layouts that these want.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_map>

#include "tandem/engine/float_kernels.h"
#include "tandem/network/operators/operators.h"

namespace tandem {

/// What a layer's outputs go through before they are stored.
struct FloatTail {
    bool adds_residual = false;       ///< what lies where the output goes is added
    std::optional<ClipBounds> limits; ///< then all is limited
};

class FloatLayer {
  public:
    /// Prepares a Conv, a Gemm, a MaxPool or an average of elements; null for nodes that have no such
    /// primitive. `parameters` are those of `call.inputs` that are known, in ONNX's order; `call.samples` is
    /// the batch.
    static std::unique_ptr<FloatLayer> prepare(const FloatCall& call, const FloatTail& tail);

    /// `samples` are a batch, or one. `output` lies in the kernels' layout.
    void run(dnnl::stream& stream, std::int64_t samples, const dnnl::memory& source,
             const dnnl::memory& output, void* scratchpad) const;
    std::size_t scratchpad_bytes() const;

    struct Kernel {
        dnnl::primitive primitive;
        dnnl::memory::desc source;
        dnnl::memory::desc scratchpad;
        std::unordered_map<int, dnnl::memory> parameters; ///< by argument
    };

  private:
    explicit FloatLayer(std::array<Kernel, 2> kernels) : kernels_(std::move(kernels)) {}
    std::array<Kernel, 2> kernels_; ///< of a batch, of one sample
};

} // namespace tandem
