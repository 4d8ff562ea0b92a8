// How both readers of text grow a Document: events in, tree out. Problems of the tree itself
// (duplicate keys, too much nesting) are found here once, with line and path.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tandem/core/document.h"

namespace tandem {

class DocumentBuilder {
  public:
    explicit DocumentBuilder(std::string file) : file_(std::move(file)) {}

    /// Whether the next event must be the key of an open map.
    bool awaits_key() const;

    void key(std::string text, int line);
    void value(Document::Value any, int line);
    void open_list(int line);
    void open_map(int line);
    /// Closes the innermost list or map.
    void close();

    /// Notes a problem at the present place.
    void problem(int line, std::string found, std::string expected);

    /// The tree, or every problem noted.
    [[nodiscard]] Result<Document> finish();

  private:
    /// A list or map that is not closed yet. A map stands between key and value while `key` is set.
    struct Open {
        Document::Value contents;
        int line = 0;
        std::optional<std::string> key;
        int key_line = 0;
        std::set<std::string, std::less<>> keys;
    };

    void open(Document::Value contents, int line);
    std::string path() const;

    std::string file_;
    std::vector<Open> open_;
    std::size_t skipped_ = 0; ///< levels open beyond what is kept, or inside a key
    std::optional<Document> root_;
    std::vector<Problem> problems_;
};

} // namespace tandem
