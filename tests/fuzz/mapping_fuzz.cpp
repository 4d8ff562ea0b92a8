// Mapping files and Timeloop's loop nests: what is read is written and read back equal, and gets a price or a
// reason on a small machine.
#include "fuzz.h"
#include "tandem/mapping/mapper.h"
#include "tandem/mapping/timeloop_nest.h"

namespace {

using namespace tandem;

MachinePointer small_machine() {
    constexpr const char* kYaml = R"(family: spatial
name: small
memories:
  - {name: dram, energy_per_access: 100}
  - {name: buffer, size_bytes: 512, energy_per_access: 10}
array: {rows: 3, columns: 2, hop_energy: 2}
processing_element:
  kind: scalar
  registers: {filter_words: 9, input_words: 3, partial_sum_words: 2, energy_per_access: 1}
dataflow: free
accounting: {input_positions: bounding-box, overlap: kept}
)";
    return parse_machine(parse_yaml(kYaml, "small.yaml").value(), "small.yaml").value();
}

LayerWork small_layer() {
    LayerWork work;
    work.extents = {1, 2, 3, 4, 4, 3, 3};
    return work;
}

void check_nest(std::string_view text, const LayerModel& model, const LayerWork& work) {
    const auto nest = parse_timeloop_nest(text, "fuzz.map.txt", work);
    if (!nest) {
        judge(nest.error());
        return;
    }
    const auto priced = model.price_nest(*nest);
    promise(priced.has_value() || !priced.error().reason.empty(), "a nest without a price has a reason");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const MachinePointer machine = small_machine();
    const LayerWork work = small_layer();
    const auto model = machine->layer_model(work);
    promise(model.has_value(), "the small layer fits the small machine");
    const std::string_view text = fuzz_text(data, size);
    check_nest(text, **model, work);
    const auto document = parse_yaml(text, "fuzz.json");
    if (!document) return 0; // the document target judges these
    const auto mapping = parse_mapping(*document, "fuzz.json");
    if (!mapping) {
        judge(mapping.error());
        return 0;
    }
    const auto again = parse_mapping(to_document(*mapping), "fuzz.json");
    promise(again.has_value() && *again == *mapping, "a mapping reads back equal");
    const auto priced = (*model)->price(*mapping);
    promise(priced.has_value() || !priced.error().reason.empty(), "a mapping without a price has a reason");
    return 0;
}
