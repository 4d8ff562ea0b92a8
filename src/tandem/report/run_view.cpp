#include "tandem/report/run_view.h"

#include <fmt/format.h>

#include "tandem/core/check.h"

namespace tandem {

namespace {

const Document& required(const Document& map, std::string_view key) {
    const Document* member = map.find(key);
    TANDEM_CHECK(member != nullptr, fmt::format("the run document lacks '{}'", key));
    return *member;
}

} // namespace

const Document& member_at(const Document& map, std::string_view key) {
    static const Document kEmpty;
    const Document* member = map.find(key);
    return member != nullptr ? *member : kEmpty;
}

std::string text_at(const Document& map, std::string_view key) {
    const auto* text = member_at(map, key).get_if<std::string>();
    return text != nullptr ? *text : "";
}

std::optional<double> number_at(const Document& map, std::string_view key) {
    const Document& member = member_at(map, key);
    if (const auto* number = member.get_if<double>()) return *number;
    if (const auto* count = member.get_if<std::int64_t>()) return static_cast<double>(*count);
    return std::nullopt;
}

std::optional<double> number_at(const Document* map, std::string_view key) {
    return map != nullptr ? number_at(*map, key) : std::nullopt;
}

std::optional<std::int64_t> count_at(const Document& map, std::string_view key) {
    const auto* count = member_at(map, key).get_if<std::int64_t>();
    return count != nullptr ? std::optional(*count) : std::nullopt;
}

const Document::List& list_at(const Document& map, std::string_view key) {
    static const Document::List kEmpty;
    const auto* list = member_at(map, key).get_if<Document::List>();
    return list != nullptr ? *list : kEmpty;
}

RunView view_run(const Document& run) {
    for (const std::string_view key : {"title", "network", "machine", "designs", "front"}) required(run, key);
    RunView view;
    view.run = &run;
    for (const Document& entry : list_at(run, "objectives")) {
        ObjectiveView objective{.key = text_at(entry, "key"),
                                .label = text_at(entry, "label"),
                                .unit = text_at(entry, "unit"),
                                .better =
                                    text_at(entry, "goal") == "maximize" ? Better::higher : Better::lower,
                                .scale = number_at(entry, "scale").value_or(1.0)};
        view.objectives.push_back(std::move(objective));
    }
    TANDEM_CHECK(!view.objectives.empty(), "the run document names no objective");
    for (const Document& id : list_at(run, "front")) {
        const auto* number = id.get_if<std::int64_t>();
        TANDEM_CHECK(number != nullptr, "the run document's front holds something that is no design id");
        view.front.push_back(*number);
    }
    view.chosen = count_at(run, "chosen");
    view.reference = count_at(run, "reference");
    return view;
}

const Document* find_details(const RunView& view, std::int64_t id) {
    for (const Document& details : list_at(*view.run, "details")) {
        if (count_at(details, "id") == id) return &details;
    }
    return nullptr;
}

} // namespace tandem
