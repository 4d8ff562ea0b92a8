// The run document (docs/report-data.md) as the page reads it: the few parts it needs typed, looked up
// by name. The document is Tandem's own, so a part that must be there is checked, not reported.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/document.h"

namespace tandem {

enum class Better { higher, lower };

struct ObjectiveView {
    std::string key;
    std::string label;
    std::string unit;
    Better better = Better::lower;
    double scale = 1.0; ///< from the stored value to the one in `unit`
};

/// Refers into the document, which must outlive it.
struct RunView {
    const Document* run = nullptr;
    std::vector<ObjectiveView> objectives;
    std::vector<std::int64_t> front;       ///< design ids
    std::optional<std::int64_t> chosen;    ///< absent when no design is feasible
    std::optional<std::int64_t> reference; ///< absent when it was not evaluated or is infeasible
};

RunView view_run(const Document& run);

/// The details of a design, or null.
const Document* find_details(const RunView& view, std::int64_t id);
inline const Document* find_details(const RunView& view, std::optional<std::int64_t> id) {
    return id ? find_details(view, *id) : nullptr;
}

// Members of a map; what is absent or null is empty.
std::string text_at(const Document& map, std::string_view key);
std::optional<double> number_at(const Document& map, std::string_view key);
std::optional<double> number_at(const Document* map, std::string_view key); ///< of null, nothing
std::optional<std::int64_t> count_at(const Document& map, std::string_view key);
const Document::List& list_at(const Document& map, std::string_view key);
/// The member itself, or an empty document.
const Document& member_at(const Document& map, std::string_view key);

} // namespace tandem
