// Where the tensors and weights of a network that learns to be quantised round, and what its integers are
// afterwards. The places are those of the integer program: the tensors that a calibrated strategy stores, and
// the weights and biases of its layers, batch normalisation folded. docs/training.md has the equations.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <torch/types.h>

#include "tandem/core/random.h"
#include "tandem/network/network.h"
#include "tandem/strategy/binary_bases.h"
#include "tandem/strategy/strategy.h"
#include "tandem/training/plugin/base_sums.h"
#include "tandem/training/plugin/fake_quantize.h"
#include "tandem/training/plugin/fused_output.h"
#include "tandem/training/quantization.h"

namespace tandem {

/// A tensor of the module by its name in the network; an undefined one where there is none.
using FindTensor = std::function<torch::Tensor(const std::string& name)>;

class FakeQuantizers {
  public:
    /// `strategies` are calibrated for `network` prepared for deployment: one, or the uniform ones of a
    /// supernet. Weights and normalisations that `find` gives change sign where a normalisation's scale is
    /// negative, which changes nothing but makes every folded scale positive.
    FakeQuantizers(const Network& network, std::vector<Strategy> strategies, QuantizationMethod method,
                   const BaseCounts& counts, const FindTensor& find);

    /// From here on everything rounds by this strategy, whose formats are among those of the strategies given
    /// first; before, by the first of them.
    void select(Strategy strategy);

    /// A layer's weights as they will be integers.
    torch::Tensor weights(const Node& layer, const torch::Tensor& latent) const;
    /// A tensor as it will be stored; itself where it is not stored, or only rearranged.
    torch::Tensor activation(const std::string& tensor, const torch::Tensor& value) const;
    /// By which integers a tensor will be stored; none where it is not, or as signs.
    std::optional<StoredRounding> rounding(const std::string& tensor) const;
    bool stores(const std::string& tensor) const {
        return activations_.contains(tensor) || bases_.contains(tensor);
    }
    /// What rounding a folded bias to the scale of the products will add to it, by output channel: undefined
    /// where `node` gives no bias. Of a BatchNormalization folded into a layer, by the running statistics of
    /// `find`.
    torch::Tensor bias_error(const Node& node, const FindTensor& find) const;

    /// Steps, and thresholds and scales of bases, that learn without decay; clip bounds that decay (PACT).
    std::vector<torch::Tensor> steps() const;
    const std::vector<torch::Tensor>& clips() const { return clips_; }
    /// Around a step of the optimiser: a step at most halves or doubles by it, steps and the scales of folded
    /// normalisations stay positive. A step that crossed zero would round all weights to one size, whatever
    /// they are, and its gradient, divided by their small deviation, would throw it far beyond them.
    void begin_step();
    void end_step() const;
    /// Every weight to one of its two nearest integers, each as likely as it is near (fixed alone).
    void round_weights_at_random(const Random& stream, const FindTensor& find) const;

    /// The selected strategy with the scales that were learned.
    Strategy strategy(const FindTensor& find) const;
    /// What stands in for weights and tensors of 1 bit, batch normalisation folded (abc alone).
    BinaryBases bases(const FindTensor& find) const;
    /// The strategies given first with the steps that were learned: those of weights one a layer, before
    /// batch normalisation. (lsq alone.)
    std::vector<Strategy> strategies() const;

  private:
    /// At one width. `step` is undefined where it follows from the weights.
    struct Rounding {
        FakeQuantizer quantizer;
        torch::Tensor step;
        bool is_ternary = false; ///< weights: the signs of those beyond a threshold
    };
    struct Operand {
        std::map<int, Rounding> roundings; ///< by width
        int bits = 8;                      ///< the width selected

        const Rounding& rounding() const { return roundings.at(bits); }
    };
    struct Layer {
        std::string name;
        std::string input;  ///< the tensor with a quantiser that it reads, perhaps rearranged; else empty
        std::string output; ///< what it writes, normalised
        bool is_column_major = false; ///< weights (inputs, outputs)
        std::size_t weight_rank = 4;
        Operand weights;
        std::vector<std::string> parameters; ///< the layer's inputs
        std::vector<std::string>
            normalization; ///< inputs of the BatchNormalization folded into it; else none
        double epsilon = 0.0;
    };

    void add_activations(const Network& network, const Strategy& strategy);
    Rounding activation_rounding(const Network& network, const TensorFormat& tensor);
    void add_layer(const Network& network, const Node& node, const FindTensor& find);
    Rounding weight_rounding(const LayerFormats& formats, const torch::Tensor& latent, bool is_column_major);
    bool writes_signs(const Layer& layer) const;
    /// Of a stored tensor at the width of its format.
    AffineScale learned_scale(const TensorFormat& tensor) const;
    void make_gains_positive(const Layer& layer, const FindTensor& find) const;
    bool has_weight_bases(const Layer& layer) const;
    torch::Tensor weight_step(const Layer& layer, const torch::Tensor& latent) const;
    torch::Tensor input_step(const Layer& layer) const;
    torch::Tensor gain(const Layer& layer, const FindTensor& find) const;
    torch::Tensor product_step(const Layer& layer, const FindTensor& find) const;
    torch::Tensor by_channel(const Layer& layer, const torch::Tensor& channels) const;

    QuantizationMethod method_;
    std::vector<Strategy> strategies_;
    Strategy strategy_; ///< the selected one
    BaseCounts counts_;
    std::map<std::string, Operand> activations_;   ///< by tensor
    std::map<std::string, ActivationBases> bases_; ///< by tensor of 1 bit (abc)
    std::map<std::string, std::string> sources_;   ///< by tensor that is only rearranged: of what
    std::map<std::string, Layer> layers_;          ///< by node
    std::map<std::string, std::string> folded_;    ///< by BatchNormalization: the layer's node
    std::vector<torch::Tensor> steps_;
    std::vector<torch::Tensor> steps_before_; ///< the optimiser's step
    std::vector<torch::Tensor> clips_;
    std::vector<torch::Tensor> gains_; ///< scales of folded normalisations
};

} // namespace tandem
