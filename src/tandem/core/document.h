// A tree of text data, as YAML and JSON both describe it, with the line each part came from. The
// only place that sees yaml-cpp and nlohmann-json; every other room reads and writes Documents.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tandem/core/result.h"

namespace tandem {

class Document {
  public:
    using List = std::vector<Document>;
    /// In the order of the file; keys are distinct.
    using Map = std::vector<std::pair<std::string, Document>>;
    using Value = std::variant<std::monostate, bool, std::int64_t, double, std::string, List, Map>;

    Value value;
    int line = 0; ///< from 1; 0 when it was not read from a file

    Document() = default;
    Document(Value any) : value(std::move(any)) {}            // NOLINT(google-explicit-constructor)
    Document(bool flag) : value(flag) {}                      // NOLINT(google-explicit-constructor)
    Document(double number) : value(number) {}                // NOLINT(google-explicit-constructor)
    template <std::integral Integer> Document(Integer number) // NOLINT(google-explicit-constructor)
        : value(static_cast<std::int64_t>(number)) {}
    Document(const char* text) : value(std::string(text)) {}      // NOLINT(google-explicit-constructor)
    Document(std::string text) : value(std::move(text)) {}        // NOLINT(google-explicit-constructor)
    Document(std::string_view text) : value(std::string(text)) {} // NOLINT(google-explicit-constructor)
    Document(List list) : value(std::move(list)) {}               // NOLINT(google-explicit-constructor)
    Document(Map map) : value(std::move(map)) {}                  // NOLINT(google-explicit-constructor)

    /// Equal contents; lines do not count.
    bool operator==(const Document& other) const { return value == other.value; }

    template <class T> const T* get_if() const { return std::get_if<T>(&value); }

    /// The member of a map, or null when this is no map or has no such key.
    const Document* find(std::string_view key) const;
};

/// Text to tree. `file` names the source in errors. Errors: syntax, duplicate keys, and anchors
/// or nesting deep enough to exhaust memory.
[[nodiscard]] Result<Document> parse_yaml(std::string_view text, const std::string& file);
[[nodiscard]] Result<Document> parse_json(std::string_view text, const std::string& file);

/// File to tree, YAML (of which JSON is a part).
[[nodiscard]] Result<Document> load_yaml(const std::string& path);
[[nodiscard]] Result<Document> load_json(const std::string& path);

/// Tree to text. Doubles read back exactly. `indented` is for people, `compact` for stores.
enum class JsonLayout { compact, indented };
std::string to_json(const Document& document, JsonLayout layout);
std::string to_yaml(const Document& document);

} // namespace tandem
