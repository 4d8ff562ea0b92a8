// A Network whose float parameters are LibTorch tensors: it runs forward node by node, and gives
// its parameters back as a Network of the same structure.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <torch/types.h>

#include "tandem/network/network.h"
#include "tandem/training/plugin/fake_quantizers.h"
#include "tandem/training/plugin/integer_module.h"
#include "tandem/training/plugin/lowerings.h"
#include "tandem/training/quantization.h"
#include "tandem/training/supernet.h"

namespace tandem {

/// Called with each node and what it gave.
using VisitOutput = std::function<void(const Node& node, const torch::Tensor& output)>;

/// Constants are folded first. The running statistics of batch normalisation exist once a shard, so
/// that shards may run forward at the same time; everything else is shared and only read.
class GraphModule {
  public:
    GraphModule(Network network, torch::Device device, std::size_t shards);
    /// One that learns to be quantised: it runs forward as its integers will.
    GraphModule(Network network, const QuantizationSetup& setup, torch::Device device, std::size_t shards);
    /// A precision supernet, which runs forward as the integers of the selected strategy will: at first the
    /// widest.
    GraphModule(Network network, const SupernetSetup& setup, torch::Device device, std::size_t shards);

    /// Images (N, C, H, W) to logits (N, classes); a Softmax at the end of the network is left out.
    /// Evaluation reads the statistics of shard 0.
    torch::Tensor forward(const torch::Tensor& images, Mode mode, std::size_t shard,
                          const VisitOutput& visit = {}) const;

    /// Weights of Conv and Gemm, and learned clip bounds: those that weight decay pulls at.
    const std::vector<torch::Tensor>& weights() const { return weights_; }
    /// The weights of that name, or an undefined tensor.
    torch::Tensor weight(const std::string& name) const;
    /// All other trained parameters: biases, scales and shifts, learned steps.
    const std::vector<torch::Tensor>& offsets() const { return offsets_; }
    /// Running means and variances of one shard, in a fixed order.
    std::vector<torch::Tensor> statistics(std::size_t shard) const;

    /// Sets the statistics of every shard to the mean of all. They are moving averages with one
    /// constant, so this equals averaging the shards at every step.
    void average_statistics();
    /// From here on a batch's share in the running statistics; none: as each BatchNormalization says.
    void set_statistics_share(std::optional<double> share) { statistics_share_ = share; }
    /// Sets the statistics of every shard to those of the first.
    void spread_statistics();

    /// What must hold after a step of the optimiser, which begin_step comes before.
    void begin_step();
    void end_step();
    /// Between two epochs: what starts the next one from other weights than the last has learned.
    void begin_next_epoch(const Random& stream);

    /// The network as it was given, constants folded.
    const Network& structure() const { return network_; }
    /// Of a supernet: from here on the module is that of these widths.
    void select(const Strategy& widths);
    /// Of a supernet, whatever is selected.
    PrecisionSupernet supernet(const PrecisionSpace& space) const;

    /// Of one that learns to be quantised: its weights are those that become integers; where it has binary
    /// bases they are spelled out, in a network prepared for deployment.
    Network to_network() const;
    /// With which that network computes what the module does; only of one that learns to be quantised.
    Strategy strategy() const;
    /// What it will be in integers; of one that learns to be quantised with scales. (With powers of two
    /// forward is exact itself.)
    std::optional<IntegerModule> integers() const;

  private:
    const torch::Tensor& tensor(const std::string& name, std::size_t shard) const;
    void add_parameters_of(const Node& node);
    /// Fills finished_.
    void find_finished();
    void set_quantizers(FakeQuantizers quantizers);
    /// Statistics for every pair of widths in place of those of the network.
    void add_variants(const SupernetSetup& setup);
    /// The parameters as they are now, nothing rounded.
    Network with_parameters() const;
    /// The same, weights rounded.
    Network with_rounded_weights() const;
    QuantizedNetwork spelled_out() const;
    /// The node's inputs and, where it learns to be quantised, what rounding makes of them.
    std::vector<torch::Tensor> inputs_of(const Node& node,
                                         const std::map<std::string, torch::Tensor>& activations,
                                         std::size_t shard) const;
    torch::Tensor compute(LoweringCall call) const;
    FindTensor find_in(std::size_t shard) const;

    Network network_;
    torch::Device device_;
    std::string logits_;
    std::map<std::string, std::size_t> last_reader_; ///< by activation: after that node it is dropped
    /// A Relu or Clip, and the tensor that it writes.
    struct Finish {
        OutputTail tail;
        std::string output;
    };
    /// By tensor that such a node alone reads, of nodes whose lowering does it last.
    std::map<std::string, Finish> finished_;
    std::map<std::string, torch::Tensor> parameters_;
    std::vector<std::map<std::string, torch::Tensor>> statistics_; ///< by shard
    std::optional<FakeQuantizers> quantizers_;
    /// Of a supernet.
    struct Variants {
        PrecisionTable table;
        std::vector<NormalizationStatistics> entries; ///< by pair of widths, without their numbers
        std::map<std::string, std::string> selected;  ///< by statistic of the network: whose numbers it has
    };
    std::optional<Variants> variants_;
    bool rounds_weights_at_random_ = false;
    bool has_bases_ = false;
    std::optional<double> statistics_share_;
    std::vector<torch::Tensor> weights_;
    std::vector<torch::Tensor> offsets_;
};

/// Refuses every node that has no trainable form, all at once.
[[nodiscard]] Result<void> check_trainable(const Network& network);

} // namespace tandem
