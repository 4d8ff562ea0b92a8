// Printed by CACTI 7 (HewlettPackard/cacti, version 7.0.3DD): cache type ram, UCA with 1 bank, 1 read-write
// port, access mode normal, objective ED^2, no ECC, device class itrs-lstp, 350 K; three digits of each
// figure.
#include "tandem/machine/spatial/sram.h"

#include <algorithm>
#include <cmath>

namespace tandem::spatial {

namespace {

constexpr std::array<std::int64_t, 3> kWidths{16, 64, 128};
constexpr std::array<std::int64_t, 7> kSizes{1024, 4096, 16384, 65536, 262144, 1048576, 4194304};

/// By width, then size.
struct Node {
    std::int64_t nanometres;
    std::array<std::array<SramEnergy, kSizes.size()>, kWidths.size()> energies;
};
constexpr std::array<Node, kSramNodes.size()> kNodes{
    {{65,
      {{{{{1.57, 3.02}, {4.67, 4.45}, {16.3, 9.45}, {23.4, 16.5}, {49.6, 33.6}, {85.9, 69.9}, {176, 142}}},
        {{{3.12, 6.49}, {6.17, 12}, {21, 20.1}, {47, 37.3}, {101, 73.1}, {175, 146}, {352, 297}}},
        {{{6.39, 9.6}, {8.16, 21.9}, {19.3, 42.8}, {70.2, 67.4}, {141, 122}, {284, 246}, {587, 477}}}}}},
     {45,
      {{{{{1.15, 1.36}, {3.52, 2.7}, {9.17, 4.96}, {15.3, 10.4}, {23.9, 18.9}, {46, 36.4}, {83.7, 73.9}}},
        {{{1.67, 3.49}, {3.39, 6.45}, {11.6, 10.7}, {25.9, 19.6}, {44.7, 38.5}, {93.5, 76.2}, {189, 155}}},
        {{{3.38, 5.11}, {4.43, 11.9}, {10.7, 23.2}, {39.3, 36}, {76.1, 63.7}, {153, 129}, {300, 275}}}}}},
     {32,
      {{{{{0.622, 0.716}, {1.93, 1.4}, {4.02, 2.67}, {8.44, 5.41}, {13.2, 10.1}, {25.5, 19.5}, {46.3, 40.3}}},
        {{{0.895, 1.9}, {2.66, 3.04}, {6.55, 5.75}, {12.9, 10.8}, {26.8, 21.3}, {52, 41.2}, {98.7, 87.9}}},
        {{{1.81, 2.76}, {2.44, 6.54}, {8.35, 10}, {19.7, 18.1}, {42.5, 34.4}, {86.4, 70.5}, {167, 151}}}}}},
     {22,
      {{{{{0.266, 0.285},
          {0.857, 0.547},
          {1.79, 1.04},
          {3.76, 2.11},
          {5.8, 4.11},
          {10.5, 8.81},
          {20.6, 17.3}}},
        {{{0.38, 0.785}, {1.17, 1.25}, {2.64, 2.28}, {5.67, 4.43}, {11.9, 8.82}, {23.5, 17.5}, {43.9, 37.9}}},
        {{{0.763, 1.15},
          {1.59, 2.18},
          {3.83, 4.19},
          {8.97, 7.6},
          {17.8, 15.3},
          {36.3, 31.4},
          {75, 65.5}}}}}}}};

/// A place between two entries of a rising list, along the logarithm.
struct Between {
    std::size_t below = 0;
    double share = 0.0; ///< of the entry above
};

template <std::size_t Count> Between locate(const std::array<std::int64_t, Count>& list, std::int64_t value) {
    std::size_t below = 0;
    while (below + 2 < Count && list[below + 1] <= value) ++below;
    const auto from = static_cast<double>(list[below]);
    const auto to = static_cast<double>(list[below + 1]);
    return {.below = below, .share = std::log(static_cast<double>(value) / from) / std::log(to / from)};
}

double between(double below, double above, double share) { return below * std::pow(above / below, share); }

SramEnergy between(const SramEnergy& below, const SramEnergy& above, double share) {
    return {.read_picojoules = between(below.read_picojoules, above.read_picojoules, share),
            .write_picojoules = between(below.write_picojoules, above.write_picojoules, share)};
}

} // namespace

std::optional<SramEnergy> estimate_sram_energy(std::int64_t technology_nm, std::int64_t size_bytes,
                                               std::int64_t word_bits) {
    const auto* const node = std::find_if(kNodes.begin(), kNodes.end(), [technology_nm](const Node& entry) {
        return entry.nanometres == technology_nm;
    });
    if (node == kNodes.end() || size_bytes < kLeastSramBytes || size_bytes > kMostSramBytes ||
        word_bits < kLeastSramWordBits || word_bits > kMostSramWordBits) {
        return std::nullopt;
    }
    const Between size = locate(kSizes, size_bytes);
    const Between width = locate(kWidths, word_bits);
    const auto at_width = [&](std::size_t w) {
        const auto& row = node->energies[w];
        return between(row[size.below], row[size.below + 1], size.share);
    };
    return between(at_width(width.below), at_width(width.below + 1), width.share);
}

} // namespace tandem::spatial
