#include "tandem/machine/machine.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace tandem {

Outcome<MappingSpace> Machine::mapping_space(const LayerWork& work) const {
    return TANDEM_TRY(layer_model(work))->space();
}

Outcome<LayerCost> Machine::price(const LayerWork& work, const Mapping& mapping) const {
    return TANDEM_TRY(layer_model(work))->price(mapping);
}

ContentHash Machine::content_hash() const {
    return Hasher()
        .add(std::string_view("machine"))
        .add(std::string_view(to_json(describe(), JsonLayout::compact)))
        .finish();
}

Result<MachinePointer> parse_machine(const Document& document, const std::string& file) {
    std::vector<std::string> names;
    for (const MachineFamily& family : known_families()) names.emplace_back(family.name);
    const std::string expected = fmt::format("one of {}", fmt::join(names, ", "));
    if (document.get_if<Document::Map>() == nullptr) {
        return bad_input(file, "", "no map of keys", "a machine: a map with the key 'family'");
    }
    const Document* family = document.find("family");
    if (family == nullptr) return bad_input(file, "family", "nothing", expected);
    const auto* name = family->get_if<std::string>();
    if (name == nullptr) return bad_input(file, "family", "no name", expected);
    for (const MachineFamily& known : known_families()) {
        if (known.name == *name) return known.load(document, file);
    }
    return bad_input(file, "family", with_suggestion(*name, names), expected);
}

Result<MachinePointer> load_machine(const std::string& path) {
    return parse_machine(TANDEM_TRY(load_yaml(path)), path);
}

} // namespace tandem
