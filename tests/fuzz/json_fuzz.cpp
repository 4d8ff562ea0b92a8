// JSON text: whatever is read can be written in both layouts, and reads back as the same.
#include "fuzz.h"
#include "tandem/core/document.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto document = tandem::parse_json(tandem::fuzz_text(data, size), "fuzz.json");
    if (!document) {
        tandem::judge(document.error());
        return 0;
    }
    for (const tandem::JsonLayout layout : {tandem::JsonLayout::compact, tandem::JsonLayout::indented}) {
        const auto again = tandem::parse_json(tandem::to_json(*document, layout), "fuzz.json");
        tandem::promise(again.has_value() && *again == *document, "what is written reads back equal");
    }
    return 0;
}
