// JSON text to Document and back. Reading goes through nlohmann-json's events; an iterator that
// counts the newlines it passes gives each part its line.
#include <cmath>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tandem/core/document.h"
#include "tandem/core/document_builder.h"

namespace tandem {

namespace {

/// Stores hold records of whole runs; this bounds memory at a few GiB.
constexpr std::size_t kMaximumBytes = std::size_t{256} << 20U;
constexpr std::size_t kLongestMessage = 200;
constexpr std::size_t kLineWidth = 100;

/// Where the reader stands. `line_before` is the line before the last character was passed: the end
/// of a number is known only after the character that follows it.
struct Position {
    int line = 1;
    int line_before = 1;
};

/// Copies share one Position, since the parser moves a copy.
class CountingIterator {
  public:
    using iterator_category = std::input_iterator_tag;
    using value_type = char;
    using difference_type = std::ptrdiff_t;
    using pointer = const char*;
    using reference = const char&;

    CountingIterator(const char* at, Position* position) : at_(at), position_(position) {}

    reference operator*() const { return *at_; }
    CountingIterator& operator++() {
        position_->line_before = position_->line;
        if (*at_ == '\n') ++position_->line;
        ++at_;
        return *this;
    }
    bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
    bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

  private:
    const char* at_;
    Position* position_;
};

/// nlohmann's events into the builder's. Every handler answers "go on".
class JsonEvents : public nlohmann::json_sax<nlohmann::json> {
  public:
    JsonEvents(DocumentBuilder& builder, const Position& position) : builder_(builder), position_(position) {}

    bool null() override { return add(std::monostate{}); }
    bool boolean(bool flag) override { return add(flag); }
    bool number_integer(std::int64_t number) override { return add_number(number); }
    bool number_unsigned(std::uint64_t number) override {
        if (std::in_range<std::int64_t>(number)) return add_number(static_cast<std::int64_t>(number));
        return add_number(static_cast<double>(number));
    }
    bool number_float(double number, const std::string& /*digits*/) override { return add_number(number); }
    bool string(std::string& text) override { return add(std::move(text)); }
    bool binary(nlohmann::json::binary_t& /*bytes*/) override { return false; } // only binary formats have it
    bool start_object(std::size_t /*count*/) override {
        builder_.open_map(position_.line);
        return true;
    }
    bool key(std::string& text) override {
        builder_.key(std::move(text), position_.line);
        return true;
    }
    bool end_object() override {
        builder_.close();
        return true;
    }
    bool start_array(std::size_t /*count*/) override {
        builder_.open_list(position_.line);
        return true;
    }
    bool end_array() override {
        builder_.close();
        return true;
    }
    bool parse_error(std::size_t /*offset*/, const std::string& /*token*/,
                     const nlohmann::json::exception& error) override {
        message = error.what();
        // "[json.exception.parse_error.101] parse error at line 1, column 2: what is wrong"
        message.erase(0, message.find("] ") + 2);
        if (message.starts_with("parse error at")) message.erase(0, message.find(": ") + 2);
        if (message.size() > kLongestMessage) message = message.substr(0, kLongestMessage) + "...";
        return false;
    }

    std::string message;

  private:
    bool add(Document::Value any) {
        builder_.value(std::move(any), position_.line);
        return true;
    }
    bool add_number(Document::Value any) {
        builder_.value(std::move(any), position_.line_before);
        return true;
    }

    DocumentBuilder& builder_;
    const Position& position_;
};

class JsonWriter {
  public:
    explicit JsonWriter(JsonLayout layout) : layout_(layout) {}

    std::string text;

    void write(const Document& document, std::size_t indentation) {
        if (const auto* map = document.get_if<Document::Map>()) {
            write_map(*map, indentation);
        } else if (const auto* list = document.get_if<Document::List>()) {
            write_list(*list, indentation);
        } else {
            text += scalar(document);
        }
    }

  private:
    static std::string quoted(const std::string& raw) {
        return nlohmann::json(raw).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    }

    static std::string scalar(const Document& document) {
        if (const auto* raw = document.get_if<std::string>()) return quoted(*raw);
        if (const auto* number = document.get_if<std::int64_t>()) return fmt::format("{}", *number);
        if (const auto* flag = document.get_if<bool>()) return *flag ? "true" : "false";
        const auto* number = document.get_if<double>();
        if (number == nullptr || !std::isfinite(*number)) return "null";
        return decimal(*number);
    }

    void start_line(std::size_t indentation) {
        if (layout_ == JsonLayout::compact) return;
        text += '\n';
        text.append(indentation, ' ');
    }

    void write_map(const Document::Map& map, std::size_t indentation) {
        text += '{';
        bool is_first = true;
        for (const auto& [key, member] : map) {
            if (!is_first) text += ',';
            is_first = false;
            start_line(indentation + 2);
            text += quoted(key) + (layout_ == JsonLayout::compact ? ":" : ": ");
            write(member, indentation + 2);
        }
        if (!map.empty()) start_line(indentation);
        text += '}';
    }

    /// Scalars share a line, as far as it goes.
    void write_list(const Document::List& list, std::size_t indentation) {
        text += '[';
        std::size_t line_start = text.size();
        bool is_first = true;
        bool after_block = true;
        for (const Document& item : list) {
            const bool is_block =
                item.get_if<Document::Map>() != nullptr || item.get_if<Document::List>() != nullptr;
            if (!is_first) text += ',';
            if (is_block || after_block || indentation + text.size() - line_start > kLineWidth) {
                start_line(indentation + 2);
                line_start = text.size();
            } else if (layout_ == JsonLayout::indented) {
                text += ' ';
            }
            is_first = false;
            after_block = is_block;
            write(item, indentation + 2);
        }
        if (!list.empty()) start_line(indentation);
        text += ']';
    }

    JsonLayout layout_;
};

} // namespace

Result<Document> parse_json(std::string_view text, const std::string& file) {
    if (text.size() > kMaximumBytes) {
        return bad_input(file, "", fmt::format("{} bytes", text.size()),
                         fmt::format("at most {} bytes of JSON", kMaximumBytes));
    }
    DocumentBuilder builder(file);
    Position position;
    JsonEvents events(builder, position);
    const CountingIterator begin(text.data(), &position);
    const CountingIterator end(text.data() + text.size(), &position);
    if (!nlohmann::json::sax_parse(begin, end, &events)) {
        return bad_input(file, place_in_file(position.line, ""),
                         fmt::format("malformed JSON ({})", events.message), "");
    }
    return builder.finish();
}

std::string to_json(const Document& document, JsonLayout layout) {
    JsonWriter writer(layout);
    writer.write(document, 0);
    if (layout == JsonLayout::indented) writer.text += '\n';
    return std::move(writer.text);
}

} // namespace tandem
