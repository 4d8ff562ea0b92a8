// Which channels of a network stand or fall together. A filter of a convolution makes a channel; batch
// normalisation, activations and poolings carry it on, an addition ties it to one of another layer, and the
// next layers' weights read it. Removing a filter means removing all of that.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "tandem/network/network.h"

namespace tandem {

/// The channels of every activation, sorted into sets of which all or none can be removed. A vector's
/// features are its channels; those that a Flatten makes of one channel belong to its set.
class ChannelSets {
  public:
    /// Channels that reach an input or an output of the network, or an operator that mixes channels without
    /// weights of its own to cut (a grouped convolution, a transposition), cannot be removed.
    explicit ChannelSets(const Network& network);

    /// The set of each channel of an activation, in order.
    const std::vector<std::size_t>& of(const std::string& tensor) const { return sets_.at(tensor); }
    /// Sets are numbered from 0 to before count().
    std::size_t count() const { return is_removable_.size(); }
    bool is_removable(std::size_t set) const { return is_removable_[set]; }

  private:
    std::map<std::string, std::vector<std::size_t>> sets_;
    std::vector<bool> is_removable_;
};

/// Whether a set is to be removed, by set.
using RemovedSets = std::vector<bool>;

/// The network without these sets' channels: without their filters, the weights that read them, and their
/// entries in biases and normalisations. `sets` are the network's own; at least one channel of each
/// activation stays, and all that cannot be removed.
Network remove_channels(const Network& network, const ChannelSets& sets, const RemovedSets& removed);

} // namespace tandem
