// Tables of layers: what is read has positive extents and some input under every window.
#include "fuzz.h"
#include "tandem/workload/deepbench.h"
#include "tandem/workload/shapes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace tandem;
    const std::string_view text = fuzz_text(data, size);
    const auto layers = is_deepbench_table(text) ? parse_deepbench_table(text, "fuzz.csv")
                                                 : parse_layer_table(text, "fuzz.csv");
    if (!layers) {
        judge(layers.error());
        return 0;
    }
    promise(!layers->empty(), "a table has a layer");
    for (const NamedLayerWork& layer : *layers) {
        for (const std::int64_t extent : layer.work.all_extents())
            promise(extent >= 1, "extents are positive");
        for (const std::int64_t pad : layer.work.pads) promise(pad >= 0, "pads are not negative");
    }
    return 0;
}
