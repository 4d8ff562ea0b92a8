// The memory of two small networks by width, as PaQ counts it: weights, activations and buffer in RAM
// together.
#include <array>

#include <fmt/format.h>

#include "tandem/codesign/reproductions/reproductions.h"
#include "tandem/core/check.h"
#include "tandem/network/rewrites/rewrites.h"
#include "tandem/network/topologies/topologies.h"
#include "tandem/workload/resident_memory.h"

namespace tandem::reproductions {

namespace {

constexpr int kLeastBits = 2;

struct PublishedMemory {
    std::string_view topology;
    std::string_view what;
    double elements;
    std::array<double, 6> kibibytes; ///< from kLeastBits on
};
constexpr std::array<PublishedMemory, 2> kNetworks{
    {{"conv3", "CIFAR-10 network", 133'738, {33, 49, 66, 82, 98, 115}},
     {"cnn-trad-fpool3", "keyword network", 310'700, {76, 114, 152, 190, 228, 266}}}};

} // namespace

Result<std::vector<ReproducedFigure>> reproduce_paq_memory(const ReproductionContext& context,
                                                           Progress& /*progress*/) {
    std::vector<ReproducedFigure> figures;
    const auto compare = [&](std::string what, std::string_view unit, double published, std::int64_t ours) {
        figures.push_back({.what = std::move(what),
                           .unit = std::string(unit),
                           .published = published,
                           .ours = static_cast<double>(ours),
                           .bar = Bar::within,
                           .tolerance = 0.0,
                           .note = ""});
    };
    for (const PublishedMemory& published : kNetworks) {
        const Topology* topology = find_topology(published.topology);
        TANDEM_CHECK(topology != nullptr, "a topology of the publication");
        const Network network = prepare_for_deployment(topology->build({.input_shape = topology->usual_input,
                                                                        .classes = topology->usual_classes,
                                                                        .seed = context.seed}));
        const ResidentElements elements = resident_elements(network);
        compare(fmt::format("{}, elements", published.what), "", published.elements, elements.total());
        for (std::size_t place = 0; place < published.kibibytes.size(); ++place) {
            const int bits = kLeastBits + static_cast<int>(place);
            compare(fmt::format("{}, {} bits", published.what, bits), "KiB", published.kibibytes[place],
                    resident_kibibytes(elements, bits));
        }
    }
    return figures;
}

} // namespace tandem::reproductions
