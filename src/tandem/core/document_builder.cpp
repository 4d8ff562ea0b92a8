#include "tandem/core/document_builder.h"

#include <fmt/format.h>

namespace tandem {

namespace {

/// The deepest file we ship nests 6 levels. Trees are walked by recursion; 100 frames fit any stack.
constexpr std::size_t kMaximumDepth = 100;

} // namespace

bool DocumentBuilder::awaits_key() const {
    if (skipped_ > 0 || open_.empty()) return false;
    return std::holds_alternative<Document::Map>(open_.back().contents) && !open_.back().key;
}

void DocumentBuilder::key(std::string text, int line) {
    if (skipped_ > 0) return;
    Open& map = open_.back();
    map.key = std::move(text);
    map.key_line = line;
    if (!map.keys.insert(*map.key).second) problem(line, "a key given twice", "each key once");
}

void DocumentBuilder::value(Document::Value any, int line) {
    if (skipped_ > 0) return;
    Document document(std::move(any));
    document.line = line;
    if (open_.empty()) {
        root_ = std::move(document);
        return;
    }
    Open& parent = open_.back();
    if (auto* list = std::get_if<Document::List>(&parent.contents)) {
        list->push_back(std::move(document));
        return;
    }
    document.line = parent.key_line;
    std::get<Document::Map>(parent.contents).emplace_back(std::move(*parent.key), std::move(document));
    parent.key.reset();
}

void DocumentBuilder::open_list(int line) { open(Document::List{}, line); }
void DocumentBuilder::open_map(int line) { open(Document::Map{}, line); }

void DocumentBuilder::open(Document::Value contents, int line) {
    if (skipped_ == 0 && awaits_key()) {
        problem(line, "a key that is a list or a map", "a key that is text");
        ++skipped_;
    } else if (skipped_ == 0 && open_.size() == kMaximumDepth) {
        problem(line, "deeper nesting", fmt::format("at most {} levels", kMaximumDepth));
        ++skipped_;
    } else if (skipped_ > 0) {
        ++skipped_;
    } else {
        open_.push_back(Open{.contents = std::move(contents), .line = line, .key = {}, .keys = {}});
    }
}

void DocumentBuilder::close() {
    if (skipped_ == 0) {
        Open closed = std::move(open_.back());
        open_.pop_back();
        value(std::move(closed.contents), closed.line);
        return;
    }
    --skipped_;
    if (skipped_ > 0) return;
    // What was skipped leaves a hole that keeps keys and values in step; the problem is noted.
    if (awaits_key()) {
        open_.back().key.emplace("?");
    } else {
        value(std::monostate{}, 0);
    }
}

std::string DocumentBuilder::path() const {
    std::string text;
    for (const Open& level : open_) {
        if (const auto* list = std::get_if<Document::List>(&level.contents)) {
            text += fmt::format("[{}]", list->size());
        } else if (level.key) {
            text += fmt::format("{}{}", text.empty() ? "" : ".", *level.key);
        }
    }
    return text;
}

void DocumentBuilder::problem(int line, std::string found, std::string expected) {
    problems_.push_back(Problem{.file = file_,
                                .place = place_in_file(line, path()),
                                .found = std::move(found),
                                .expected = std::move(expected)});
}

Result<Document> DocumentBuilder::finish() {
    if (!problems_.empty()) return bad_input(std::move(problems_));
    return std::move(root_).value_or(Document());
}

} // namespace tandem
