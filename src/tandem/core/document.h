// A tree of text data, as YAML and JSON both describe it, with the line each part came from. The
// only place that sees yaml-cpp and nlohmann-json; every other room reads and writes Documents.
#pragma once

#include <concepts>
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
    int line = 0; ///< from 1, a member of a map at the line of its key; 0 when not read from a file

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

/// Text to tree. `file` names the source in errors. Errors, all of them at once: syntax, duplicate
/// keys, keys that are no text, YAML aliases and tags, a second document, nesting deeper than 100,
/// numbers that no double holds, more than 4 MiB of YAML or 256 MiB of JSON. Whole numbers beyond
/// 64 bits become doubles. Plain YAML scalars follow the core schema of YAML 1.2.
[[nodiscard]] Result<Document> parse_yaml(std::string_view text, const std::string& file);
[[nodiscard]] Result<Document> parse_json(std::string_view text, const std::string& file);

/// File to tree, YAML (of which JSON is a part) or strictly JSON.
[[nodiscard]] Result<Document> load_yaml(const std::string& path);
[[nodiscard]] Result<Document> load_json(const std::string& path);

/// Tree to text, ending without a newline when compact and with one when indented. Finite doubles
/// read back exactly; JSON has no other doubles, so they become null. Bytes that are no UTF-8 become
/// U+FFFD. `indented` is for people, `compact` for stores.
enum class JsonLayout { compact, indented };
std::string to_json(const Document& document, JsonLayout layout);
/// Block style, short lists of scalars on one line; reads back equal while keys stay below 1,000
/// bytes, yaml-cpp's limit.
std::string to_yaml(const Document& document);

/// A place in a document as every message writes it: "line 7: search.population", or only the part
/// that is known.
std::string place_in_file(int line, std::string_view path);

/// The shortest decimal that reads back as the same double, never as an integer: "0.1", "200.0",
/// "1e+21"; "inf", "-inf" and "nan" for the others.
std::string decimal(double number);

/// What a message says of a value it did not expect: "-4", "'abc'", "a list", "nothing".
std::string summarize(const Document& document);

} // namespace tandem
