// Any bytes as a YAML and as a JSON file: refused in one line a problem, or read into a tree that
// survives being written and read again, in both languages.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>

#include "tandem/core/document.h"

namespace {

using namespace tandem;

[[noreturn]] void find(std::string_view what, std::string_view text) {
    std::cerr << what << ":\n" << text << '\n';
    std::abort();
}

void check_reading(const Result<Document>& document) {
    if (document) return;
    if (document.error().kind != ErrorKind::bad_input)
        find("not the input's fault", to_string(document.error()));
    if (document.error().problems.empty()) find("an error without a problem", "");
    for (const Problem& problem : document.error().problems) {
        if (to_string(problem).find('\n') != std::string::npos)
            find("more than one line", to_string(problem));
    }
}

/// What the writers' contract leaves out: non-finite numbers (no JSON has them, and no NaN equals
/// itself).
struct Exceptions {
    bool has_special_number = false;
    bool has_nan = false;
};

void look_for_exceptions(const Document& document, Exceptions& found) {
    if (const auto* number = document.get_if<double>()) {
        found.has_special_number = found.has_special_number || !std::isfinite(*number);
        found.has_nan = found.has_nan || std::isnan(*number);
    } else if (const auto* list = document.get_if<Document::List>()) {
        for (const Document& item : *list) look_for_exceptions(item, found);
    } else if (const auto* map = document.get_if<Document::Map>()) {
        for (const auto& [key, member] : *map) look_for_exceptions(member, found);
    }
}

void check_writing(const Document& document) {
    Exceptions exceptions;
    look_for_exceptions(document, exceptions);
    for (const JsonLayout layout : {JsonLayout::compact, JsonLayout::indented}) {
        const std::string json = to_json(document, layout);
        const Result<Document> again = parse_json(json, "again.json");
        if (!again) find("written JSON does not read: " + to_string(again.error()), json);
        if (!exceptions.has_special_number && *again != document)
            find("written JSON reads differently", json);
    }
    const std::string yaml = to_yaml(document);
    const Result<Document> again = parse_yaml(yaml, "again.yaml");
    if (!again) find("written YAML does not read: " + to_string(again.error()), yaml);
    if (!exceptions.has_nan && *again != document) find("written YAML reads differently", yaml);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    const std::string text(bytes, bytes + size);
    for (const Result<Document>& document : {parse_yaml(text, "job.yaml"), parse_json(text, "job.json")}) {
        check_reading(document);
        if (document) check_writing(*document);
    }
    return 0;
}
