// YAML text to Document and back. Reading goes through yaml-cpp's events, so that nothing is built
// before it is judged: an alias, which could multiply a small file into a huge tree, is refused.
// yaml-cpp itself stops its recursion at 500 levels; the builder stops keeping levels earlier.
#include <charconv>
#include <cmath>
#include <istream>
#include <limits>
#include <optional>
#include <streambuf>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "tandem/core/document.h"
#include "tandem/core/document_builder.h"
#include "tandem/core/files.h"

namespace tandem {

namespace {

/// Descriptions are written by people: the longest we ship has a few kilobytes. yaml-cpp reads about
/// 10 MiB a second, so the limit also bounds the time.
constexpr std::size_t kMaximumBytes = std::size_t{4} << 20U;

constexpr std::size_t kLineWidth = 100;

bool is_null(std::string_view text) {
    return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

bool all_of(std::string_view text, std::string_view alphabet) {
    return !text.empty() && text.find_first_not_of(alphabet) == std::string_view::npos;
}

std::string_view without_sign(std::string_view text) {
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    return text;
}

/// from_chars accepts a minus but no plus.
std::string_view without_plus(std::string_view text) {
    if (text.starts_with('+')) text.remove_prefix(1);
    return text;
}

constexpr std::string_view kDigits = "0123456789";

/// [-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?  (YAML 1.2.2, section 10.3.2)
bool has_float_form(std::string_view text) {
    text = without_sign(text);
    const std::size_t exponent = text.find_first_of("eE");
    if (exponent != std::string_view::npos) {
        if (!all_of(without_sign(text.substr(exponent + 1)), kDigits)) return false;
        text = text.substr(0, exponent);
    }
    const std::size_t point = text.find('.');
    if (point == std::string_view::npos) return all_of(text, kDigits);
    const std::string_view whole = text.substr(0, point);
    const std::string_view fraction = text.substr(point + 1);
    if (whole.empty()) return all_of(fraction, kDigits);
    return all_of(whole, kDigits) && (fraction.empty() || all_of(fraction, kDigits));
}

std::optional<double> special_float(std::string_view text) {
    const double infinity = std::numeric_limits<double>::infinity();
    const std::string_view magnitude = without_sign(text);
    if (magnitude == ".inf" || magnitude == ".Inf" || magnitude == ".INF") {
        return text.starts_with('-') ? -infinity : infinity;
    }
    if (text == ".nan" || text == ".NaN" || text == ".NAN") return std::numeric_limits<double>::quiet_NaN();
    return std::nullopt;
}

/// Text after 0o or 0x; nothing when it is no such number or does not fit.
std::optional<std::int64_t> prefixed_integer(std::string_view text) {
    const bool is_octal = text.starts_with("0o") && all_of(text.substr(2), "01234567");
    const bool is_hexadecimal = text.starts_with("0x") && all_of(text.substr(2), "0123456789abcdefABCDEF");
    if (!is_octal && !is_hexadecimal) return std::nullopt;
    std::int64_t number = 0;
    const auto parsed =
        std::from_chars(text.data() + 2, text.data() + text.size(), number, is_octal ? 8 : 16);
    if (parsed.ec != std::errc()) return std::nullopt;
    return number;
}

/// A plain scalar by the core schema. No value: it looks like a number that no double holds.
std::optional<Document::Value> plain_scalar(const std::string& text) {
    if (is_null(text)) return std::monostate{};
    if (text == "true" || text == "True" || text == "TRUE") return true;
    if (text == "false" || text == "False" || text == "FALSE") return false;
    if (const auto special = special_float(text)) return *special;
    if (const auto number = prefixed_integer(text)) return *number;
    if (!has_float_form(text)) return text;
    const std::string_view digits = without_plus(text);
    if (all_of(without_sign(text), kDigits)) {
        std::int64_t number = 0;
        const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        if (parsed.ec == std::errc()) return number;
    }
    double number = 0.0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (parsed.ec != std::errc()) return std::nullopt;
    return number;
}

int line_of(const YAML::Mark& mark) { return mark.is_null() ? 0 : mark.line + 1; }

/// What is written back must be what was read, and every writer here writes UTF-8.
bool is_utf8(const std::string& text) {
    try {
        (void)nlohmann::json(text).dump();
        return true;
    } catch (const nlohmann::json::type_error&) {
        return false;
    }
}

/// yaml-cpp's events into the builder's. "?" is its tag of a plain node, "!" of a quoted one.
class YamlEvents : public YAML::EventHandler {
  public:
    explicit YamlEvents(DocumentBuilder& builder) : builder_(builder) {}

    void OnDocumentStart(const YAML::Mark& /*mark*/) override {}
    void OnDocumentEnd() override {}

    void OnNull(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        if (builder_.awaits_key()) {
            builder_.problem(line_of(mark), "an empty key", "a key that is text");
            builder_.key("", line_of(mark));
        } else {
            builder_.value(std::monostate{}, line_of(mark));
        }
    }

    void OnAlias(const YAML::Mark& mark, YAML::anchor_t /*anchor*/) override {
        builder_.problem(line_of(mark), "an alias", "the value written out");
        pass(line_of(mark));
    }

    void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                  const std::string& text) override {
        const int line = line_of(mark);
        refuse_tag(tag, line);
        if (!is_utf8(text)) {
            builder_.problem(line, "bytes that are no UTF-8", "text in UTF-8");
            pass(line);
        } else if (builder_.awaits_key()) {
            builder_.key(text, line);
        } else if (tag != "?") {
            builder_.value(text, line);
        } else if (auto scalar = plain_scalar(text)) {
            builder_.value(std::move(*scalar), line);
        } else {
            builder_.problem(line, summarize(text), "a number that a double can hold");
            pass(line);
        }
    }

    void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                         YAML::EmitterStyle::value /*style*/) override {
        refuse_tag(tag, line_of(mark));
        builder_.open_list(line_of(mark));
    }
    void OnSequenceEnd() override { builder_.close(); }

    void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t /*anchor*/,
                    YAML::EmitterStyle::value /*style*/) override {
        refuse_tag(tag, line_of(mark));
        builder_.open_map(line_of(mark));
    }
    void OnMapEnd() override { builder_.close(); }

  private:
    /// Keeps keys and values in step after a problem was noted.
    void pass(int line) {
        if (builder_.awaits_key()) {
            builder_.key("?", line);
        } else {
            builder_.value(std::monostate{}, line);
        }
    }

    void refuse_tag(const std::string& tag, int line) {
        if (tag.empty() || tag == "?" || tag == "!") return;
        builder_.problem(line, fmt::format("the tag {}", summarize(tag)), "no tags; quotes make text");
    }

    DocumentBuilder& builder_;
};

/// A stream over text that is not copied.
class TextBuffer : public std::streambuf {
  public:
    explicit TextBuffer(std::string_view text) {
        // The base class wants mutable characters; a buffer that is only read never writes them.
        auto* begin = const_cast<char*>(text.data()); // NOLINT(cppcoreguidelines-pro-type-const-cast)
        setg(begin, begin, begin + text.size());
    }
};

/// Tree to block style.
class YamlWriter {
  public:
    std::string text;

    void write(const Document& document) {
        if (const auto* map = document.get_if<Document::Map>(); map != nullptr && !map->empty()) {
            write_map(*map, 0);
        } else if (const auto* list = document.get_if<Document::List>(); list != nullptr && !list->empty()) {
            write_list(*list, 0);
        } else {
            text += scalar(document) + '\n';
        }
    }

  private:
    static std::string quoted(const std::string& raw) {
        return nlohmann::json(raw).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    }

    /// Plain when every reader takes it for the same text.
    static std::string text_scalar(const std::string& raw) {
        constexpr std::string_view kSafe =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./+ ";
        constexpr std::string_view kSafeStart =
            "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_/.";
        // What YAML 1.1 reads as true or false is quoted for the readers that still follow it.
        constexpr std::string_view kOldFlags[] = {"y",  "Y",  "n",  "N",  "yes", "Yes", "YES", "no",
                                                  "No", "NO", "on", "On", "ON",  "off", "Off", "OFF"};
        const bool is_safe = all_of(raw, kSafe) && kSafeStart.find(raw.front()) != std::string_view::npos &&
                             raw.back() != ' ' && !raw.starts_with("---") && !raw.starts_with("...");
        if (!is_safe) return quoted(raw);
        for (const std::string_view flag : kOldFlags) {
            if (raw == flag) return quoted(raw);
        }
        const auto read_back = plain_scalar(raw);
        if (!read_back || !std::holds_alternative<std::string>(*read_back)) return quoted(raw);
        return raw;
    }

    static std::string number_scalar(double number) {
        if (std::isnan(number)) return ".nan";
        if (std::isinf(number)) return number < 0 ? "-.inf" : ".inf";
        return decimal(number);
    }

    static std::string scalar(const Document& document) {
        if (document.get_if<Document::Map>() != nullptr) return "{}";
        if (document.get_if<Document::List>() != nullptr) return "[]";
        if (const auto* raw = document.get_if<std::string>()) return text_scalar(*raw);
        if (const auto* number = document.get_if<double>()) return number_scalar(*number);
        if (const auto* number = document.get_if<std::int64_t>()) return fmt::format("{}", *number);
        if (const auto* flag = document.get_if<bool>()) return *flag ? "true" : "false";
        return "null";
    }

    static bool is_block(const Document& document) {
        if (const auto* map = document.get_if<Document::Map>()) return !map->empty();
        const auto* list = document.get_if<Document::List>();
        return list != nullptr && !list->empty();
    }

    /// The list on one line when it is short and holds no lists or maps.
    static std::optional<std::string> one_line(const Document::List& list, std::size_t indentation) {
        std::string line = "[";
        for (const Document& item : list) {
            if (is_block(item)) return std::nullopt;
            if (line.size() > 1) line += ", ";
            line += scalar(item);
            if (indentation + line.size() > kLineWidth) return std::nullopt;
        }
        return line + "]";
    }

    void write_map(const Document::Map& map, std::size_t indentation) {
        bool is_first = true;
        for (const auto& [key, member] : map) {
            // The first key stands behind the dash of the list that holds the map.
            if (!is_first || text.empty() || text.back() == '\n') text.append(indentation, ' ');
            is_first = false;
            write_key(text_scalar(key), indentation);
            write_member(member, indentation + 2);
        }
    }

    /// YAML looks for the colon of a key within 1024 characters; longer keys are marked as such
    /// (YAML 1.2.2, 8.2.2).
    void write_key(const std::string& key, std::size_t indentation) {
        constexpr std::size_t kLongestImplicit = 1000;
        if (key.size() > kLongestImplicit) {
            text += "? " + key + '\n';
            text.append(indentation, ' ');
        } else {
            text += key;
        }
        text += ':';
    }

    void write_member(const Document& member, std::size_t indentation) {
        if (!is_block(member)) {
            text += ' ' + scalar(member) + '\n';
        } else if (const auto* map = member.get_if<Document::Map>()) {
            text += '\n';
            write_map(*map, indentation);
        } else {
            const auto& list = *member.get_if<Document::List>();
            if (const auto line = one_line(list, indentation)) {
                text += ' ' + *line + '\n';
                return;
            }
            text += '\n';
            write_list(list, indentation);
        }
    }

    void write_list(const Document::List& list, std::size_t indentation) {
        for (const Document& item : list) {
            text.append(indentation, ' ');
            text += '-';
            if (const auto* map = item.get_if<Document::Map>(); map != nullptr && !map->empty()) {
                text += ' ';
                write_map(*map, indentation + 2);
            } else {
                write_member(item, indentation + 2);
            }
        }
    }
};

} // namespace

Result<Document> load_yaml(const std::string& path) { return parse_yaml(TANDEM_TRY(read_file(path)), path); }

Result<Document> parse_yaml(std::string_view text, const std::string& file) {
    if (text.size() > kMaximumBytes) {
        return bad_input(file, "", fmt::format("{} bytes", text.size()),
                         fmt::format("at most {} bytes of YAML", kMaximumBytes));
    }
    DocumentBuilder builder(file);
    YamlEvents events(builder);
    TextBuffer buffer(text);
    std::istream stream(&buffer);
    try {
        YAML::Parser parser(stream);
        parser.HandleNextDocument(events);
        DocumentBuilder ignored(file);
        YamlEvents ignored_events(ignored);
        if (parser.HandleNextDocument(ignored_events)) {
            builder.problem(0, "a second document", "one document a file");
        }
    } catch (const YAML::Exception& error) {
        return bad_input(file, place_in_file(line_of(error.mark), ""),
                         fmt::format("malformed YAML ({})", error.msg), "");
    }
    return builder.finish();
}

std::string to_yaml(const Document& document) {
    YamlWriter writer;
    writer.write(document);
    return std::move(writer.text);
}

} // namespace tandem
