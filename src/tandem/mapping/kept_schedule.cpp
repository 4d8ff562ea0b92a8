#include "tandem/mapping/kept_schedule.h"

#include "tandem/core/document.h"

namespace tandem {

namespace {

std::optional<double> number(const Document& document, std::string_view key) {
    const Document* found = document.find(key);
    if (found == nullptr) return std::nullopt;
    if (const auto* real = found->get_if<double>()) return *real;
    if (const auto* whole = found->get_if<std::int64_t>()) return static_cast<double>(*whole);
    return std::nullopt;
}

std::optional<SearchRecord> parse_search(const Document& document) {
    const auto space_size = number(document, "space_size");
    const auto priced = number(document, "mappings_priced");
    const auto best = number(document, "best");
    const auto lower_bound = number(document, "lower_bound");
    const Document* complete = document.find("complete");
    const bool* is_complete = complete == nullptr ? nullptr : complete->get_if<bool>();
    constexpr double kMost = 9e15; // what a double counts exactly
    if (!space_size || !priced || !(*priced >= 0.0 && *priced < kMost) || !best || !lower_bound ||
        is_complete == nullptr) {
        return std::nullopt;
    }
    return SearchRecord{.space_size = *space_size,
                        .mappings_priced = static_cast<std::int64_t>(*priced),
                        .best = *best,
                        .lower_bound = *lower_bound,
                        .is_complete = *is_complete};
}

} // namespace

std::string to_kept_text(const Outcome<MappedLayer>& mapped) {
    if (!mapped) {
        return to_json(Document::Map{{"infeasible", mapped.error().reason}}, JsonLayout::compact);
    }
    return to_json(
        Document::Map{{"mapping", to_document(mapped->mapping)}, {"search", to_document(mapped->search)}},
        JsonLayout::compact);
}

std::optional<Outcome<MappedLayer>> recall_kept_text(const std::string& text, const LayerWork& work,
                                                     const Machine& machine, const MappingOptions& options) {
    const auto document = parse_json(text, "");
    if (!document || document->get_if<Document::Map>() == nullptr) return std::nullopt;
    if (const Document* infeasible = document->find("infeasible")) {
        const auto* reason = infeasible->get_if<std::string>();
        if (reason == nullptr) return std::nullopt;
        return Outcome<MappedLayer>(tl::unexpected(Infeasible{*reason}));
    }
    const Document* mapping = document->find("mapping");
    const Document* search = document->find("search");
    if (mapping == nullptr || search == nullptr) return std::nullopt;
    auto parsed = parse_mapping(*mapping, "");
    const auto record = parse_search(*search);
    if (!parsed || !record) return std::nullopt;
    auto cost = machine.price(work, *parsed);
    if (!cost || goal_figure(*cost, options.goal) != record->best) return std::nullopt;
    return Outcome<MappedLayer>(
        MappedLayer{.mapping = *std::move(parsed), .cost = *std::move(cost), .search = *record});
}

} // namespace tandem
