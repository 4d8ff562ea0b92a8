#include "tandem/codesign/strategy_record.h"

#include "tandem/core/document.h"
#include "tandem/core/files.h"

namespace tandem {

namespace {

constexpr const char* kStrategy = "strategy";

} // namespace

Result<void> write_strategy_record(const std::filesystem::path& file, const Strategy& strategy,
                                   const DescribeFields& describe) {
    Document document = write_fields(describe);
    std::get<Document::Map>(document.value).emplace_back(kStrategy, to_document(strategy));
    return write_file(file, to_json(document, JsonLayout::indented) + "\n", Existing::replace);
}

Result<void> load_strategy_record(const std::filesystem::path& file, const Strategy& strategy,
                                  const DescribeFields& describe) {
    Document document = TANDEM_TRY(load_json(file.string()));
    const Document* const found = document.find(kStrategy);
    if (found == nullptr) return bad_input(file.string(), kStrategy, "nothing", "a strategy");
    if (TANDEM_TRY(parse_strategy(*found, file.string())) != strategy) {
        return bad_input(file.string(), kStrategy, "another strategy",
                         "the one that this folder was begun with, or an empty folder");
    }
    std::erase_if(std::get<Document::Map>(document.value),
                  [](const auto& member) { return member.first == kStrategy; });
    return read_fields(document, file.string(), "", describe);
}

} // namespace tandem
