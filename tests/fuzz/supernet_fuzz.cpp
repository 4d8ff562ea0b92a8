// Tables of a supernet, for a network that is given: what is read can be written and reads back equal, and
// every subnetwork is there.
#include "../unit/training/small_supernet.h"
#include "fuzz.h"
#include "tandem/strategy/narrow_reads.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const tandem::Network network = tandem::separate_reads(tandem::testing::residual_network());
    const auto document = tandem::parse_json(tandem::fuzz_text(data, size), "fuzz.json");
    if (!document) return 0; // the document target judges these
    auto supernet = tandem::parse_supernet(*document, network, "fuzz.json");
    if (!supernet) {
        tandem::judge(supernet.error());
        return 0;
    }
    const auto again = tandem::parse_supernet(tandem::to_document(*supernet), network, "fuzz.json");
    tandem::promise(again.has_value() && again->strategies == supernet->strategies &&
                        again->statistics == supernet->statistics,
                    "tables read back equal");
    const tandem::PrecisionSpace space = supernet->space;
    const tandem::Subnetworks subnetworks(std::move(*supernet));
    tandem::Random random(1);
    for (int i = 0; i < 4; ++i) {
        const auto subnetwork = subnetworks.subnetwork(tandem::draw_strategy(space, network, random));
        if (!subnetwork) tandem::judge(subnetwork.error()); // scales that no float holds
    }
    return 0;
}
