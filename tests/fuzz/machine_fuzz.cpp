// Machine files: a machine that is read describes itself, reads back equal, and answers for any small
// layer with a mapping that it prices the same, or with a reason.
#include "fuzz.h"
#include "tandem/mapping/mapper.h"

namespace {

using namespace tandem;

void check_mapping(const Machine& machine, const LayerWork& work) {
    const auto mapped = map_layer(work, machine, MappingGoal::energy_delay);
    if (!mapped) {
        promise(!mapped.error().reason.empty(), "an infeasible layer has a reason");
        return;
    }
    const auto priced = machine.price(work, mapped->mapping);
    promise(priced.has_value() && *priced == mapped->cost, "a mapping's price is the machine's");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto document = parse_yaml(fuzz_text(data, size), "fuzz.yaml");
    if (!document) return 0; // the document target judges these
    const auto machine = parse_machine(*document, "fuzz.yaml");
    if (!machine) {
        judge(machine.error());
        return 0;
    }
    const auto written = parse_yaml(to_yaml((*machine)->describe()), "fuzz.yaml");
    promise(written.has_value(), "a description can be read");
    const auto again = parse_machine(*written, "fuzz.yaml");
    promise(again.has_value() && (*again)->describe() == (*machine)->describe(),
            "a machine reads back equal");
    LayerWork convolution;
    convolution.extents = {1, 6, 5, 7, 8, 3, 2};
    convolution.pads = {2, 1};
    check_mapping(**machine, convolution);
    LayerWork narrow;
    narrow.extents = {2, 9, 20, 1, 1, 1, 1};
    narrow.groups = 2;
    narrow.weight_bits = 3;
    narrow.input_bits = 2;
    narrow.output_bits = 5;
    check_mapping(**machine, narrow);
    return 0;
}
