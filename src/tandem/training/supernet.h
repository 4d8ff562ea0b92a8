// The precision supernet: one set of weights that was trained so that any layer may have any width of a
// space. Steps exist once a width, statistics of batch normalisation once a pair of widths of the layer
// before it; so the network of one strategy is looked up, not trained. docs/training.md has the method.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "tandem/core/document.h"
#include "tandem/core/files.h"
#include "tandem/core/result.h"
#include "tandem/network/network.h"
#include "tandem/strategy/precision_space.h"
#include "tandem/strategy/quantized_network.h"
#include "tandem/strategy/strategy.h"

namespace tandem {

/// Of a BatchNormalization that becomes part of the layer before it, at two widths of that layer.
struct NormalizationStatistics {
    std::string normalization;
    int weight_bits = 0;
    int activation_bits = 0;
    std::vector<float> mean;
    std::vector<float> variance;

    bool operator==(const NormalizationStatistics&) const = default;
};

struct PrecisionSupernet {
    /// Batch normalisation in place, with the statistics of the widest strategy, gains positive; every layer
    /// reads its input at one width (separate_reads).
    Network network;
    PrecisionSpace space;
    /// The calibrated forms of uniform_strategies, with learned scales; those of weights are one a layer,
    /// before batch normalisation.
    std::vector<Strategy> strategies;
    std::vector<NormalizationStatistics> statistics;
};

/// The BatchNormalization that becomes part of a layer; null where there is none.
const Node* normalization_of(const Network& network, const Node& layer);

/// The pairs of widths, of weights and input, that a layer has in strategies that mix these.
std::set<std::pair<int, int>> width_pairs(const std::vector<Strategy>& strategies, std::size_t layer);

/// The tensor whose scale a stored tensor has: of one that is only rearranged, or a maximum, its source's.
std::string scale_source(const Network& network, std::string tensor);

/// The strategies by which a supernet is judged between epochs: the widest, the narrowest, and two between.
std::vector<Strategy> supernet_panel(const PrecisionSpace& space, const Network& network);

/// Formats and scales by width, out of the calibrated forms of uniform_strategies.
class PrecisionTable {
  public:
    /// `network` reads every tensor at one width. The formats are those of the strategies.
    PrecisionTable(const Network& network, const std::vector<Strategy>& strategies);

    /// The strategy of those widths, which the table must hold.
    Strategy look_up(const Strategy& widths) const;

  private:
    Network network_;                                                 ///< its structure alone
    Strategy frame_;                                                  ///< what all strategies share
    std::map<std::pair<std::string, int>, LayerFormats> weights_;     ///< by layer and width
    std::map<std::pair<std::string, int>, NumberFormat> activations_; ///< by layer and width it reads
    std::map<std::pair<std::string, int>, TensorFormat> tensors_;     ///< by tensor and width
};

/// The networks of a supernet's strategies.
class Subnetworks {
  public:
    explicit Subnetworks(PrecisionSupernet supernet);

    const Network& network() const { return supernet_.network; }
    const PrecisionSpace& space() const { return supernet_.space; }
    /// The network prepared for deployment, with the weights that become integers, and its strategy. Errors:
    /// a width that the space does not have; a calibrated strategy whose formats are not those of the widths
    /// here, as of a network that trained on.
    [[nodiscard]] Result<QuantizedNetwork> subnetwork(const Strategy& widths) const;

  private:
    /// The network with the statistics of those widths, its weights not rounded.
    Network latent(const Strategy& widths) const;

    PrecisionSupernet supernet_;
    PrecisionTable table_;
    std::map<std::tuple<std::string, int, int>, std::size_t> statistics_; ///< by normalisation and widths
};

/// Writes `network.onnx` and then `supernet.json` into the folder, which must exist.
[[nodiscard]] Result<void> save_supernet(const std::filesystem::path& folder,
                                         const PrecisionSupernet& supernet, Existing existing);
/// The inverse. Errors: a file that is missing or damaged, tables of another network.
[[nodiscard]] Result<PrecisionSupernet> load_supernet(const std::filesystem::path& folder);
/// Whether the folder holds one.
bool is_supernet(const std::filesystem::path& folder);

/// `supernet.json` for a network, and back; parsing gathers the problems.
Document to_document(const PrecisionSupernet& supernet);
[[nodiscard]] Result<PrecisionSupernet> parse_supernet(const Document& document, Network network,
                                                       const std::string& file);

} // namespace tandem
