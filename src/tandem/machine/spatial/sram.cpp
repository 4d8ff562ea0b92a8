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
    std::array<std::array<SramFigures, kSizes.size()>, kWidths.size()> figures;
};
constexpr std::array<Node, kSramNodes.size()> kNodes{{{65,
                                                       {{{{{1.57, 3.02, 0.00774},
                                                           {4.67, 4.45, 0.0272},
                                                           {16.3, 9.45, 0.106},
                                                           {23.4, 16.5, 0.45},
                                                           {49.6, 33.6, 1.66},
                                                           {85.9, 69.9, 6.6},
                                                           {176, 142, 25.6}}},
                                                         {{{3.12, 6.49, 0.00751},
                                                           {6.17, 12, 0.0282},
                                                           {21, 20.1, 0.106},
                                                           {47, 37.3, 0.436},
                                                           {101, 73.1, 1.74},
                                                           {175, 146, 6.81},
                                                           {352, 297, 25}}},
                                                         {{{6.39, 9.6, 0.0111},
                                                           {8.16, 21.9, 0.0298},
                                                           {19.3, 42.8, 0.106},
                                                           {70.2, 67.4, 0.392},
                                                           {141, 122, 1.85},
                                                           {284, 246, 6.78},
                                                           {587, 477, 25.7}}}}}},
                                                      {45,
                                                       {{{{{1.15, 1.36, 0.00338},
                                                           {3.52, 2.7, 0.0141},
                                                           {9.17, 4.96, 0.0508},
                                                           {15.3, 10.4, 0.232},
                                                           {23.9, 18.9, 0.892},
                                                           {46, 36.4, 3.16},
                                                           {83.7, 73.9, 12.4}}},
                                                         {{{1.67, 3.49, 0.0036},
                                                           {3.39, 6.45, 0.0135},
                                                           {11.6, 10.7, 0.0507},
                                                           {25.9, 19.6, 0.209},
                                                           {44.7, 38.5, 0.872},
                                                           {93.5, 76.2, 3.26},
                                                           {189, 155, 12}}},
                                                         {{{3.38, 5.11, 0.00532},
                                                           {4.43, 11.9, 0.0143},
                                                           {10.7, 23.2, 0.0506},
                                                           {39.3, 36, 0.188},
                                                           {76.1, 63.7, 0.888},
                                                           {153, 129, 3.25},
                                                           {300, 275, 12.8}}}}}},
                                                      {32,
                                                       {{{{{0.622, 0.716, 0.00171},
                                                           {1.93, 1.4, 0.00715},
                                                           {4.02, 2.67, 0.0302},
                                                           {8.44, 5.41, 0.117},
                                                           {13.2, 10.1, 0.451},
                                                           {25.5, 19.5, 1.58},
                                                           {46.3, 40.3, 6.28}}},
                                                         {{{0.895, 1.9, 0.00182},
                                                           {2.66, 3.04, 0.00745},
                                                           {6.55, 5.75, 0.0257},
                                                           {12.9, 10.8, 0.124},
                                                           {26.8, 21.3, 0.478},
                                                           {52, 41.2, 1.65},
                                                           {98.7, 87.9, 6.53}}},
                                                         {{{1.81, 2.76, 0.0027},
                                                           {2.44, 6.54, 0.00723},
                                                           {8.35, 10, 0.027},
                                                           {19.7, 18.1, 0.115},
                                                           {42.5, 34.4, 0.449},
                                                           {86.4, 70.5, 1.64},
                                                           {167, 151, 6.46}}}}}},
                                                      {22,
                                                       {{{{{0.266, 0.285, 0.000804},
                                                           {0.857, 0.547, 0.00337},
                                                           {1.79, 1.04, 0.0142},
                                                           {3.76, 2.11, 0.0525},
                                                           {5.8, 4.11, 0.208},
                                                           {10.5, 8.81, 0.823},
                                                           {20.6, 17.3, 2.96}}},
                                                         {{{0.38, 0.785, 0.000858},
                                                           {1.17, 1.25, 0.00351},
                                                           {2.64, 2.28, 0.0151},
                                                           {5.67, 4.43, 0.0586},
                                                           {11.9, 8.82, 0.225},
                                                           {23.5, 17.5, 0.778},
                                                           {43.9, 37.9, 3.08}}},
                                                         {{{0.763, 1.15, 0.00127},
                                                           {1.59, 2.18, 0.00385},
                                                           {3.83, 4.19, 0.0127},
                                                           {8.97, 7.6, 0.0543},
                                                           {17.8, 15.3, 0.255},
                                                           {36.3, 31.4, 0.856},
                                                           {75, 65.5, 3.05}}}}}}}};

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

SramFigures between(const SramFigures& below, const SramFigures& above, double share) {
    return {.read_picojoules = between(below.read_picojoules, above.read_picojoules, share),
            .write_picojoules = between(below.write_picojoules, above.write_picojoules, share),
            .area_square_millimeters =
                between(below.area_square_millimeters, above.area_square_millimeters, share)};
}

} // namespace

std::optional<SramFigures> estimate_sram(std::int64_t technology_nm, std::int64_t size_bytes,
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
        const auto& row = node->figures[w];
        return between(row[size.below], row[size.below + 1], size.share);
    };
    return between(at_width(width.below), at_width(width.below + 1), width.share);
}

} // namespace tandem::spatial
