#include "tandem/core/result.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "tandem/core/check.h"

namespace tandem {

namespace {

/// Levenshtein distance by the two-row table.
std::size_t edit_distance(std::string_view left, std::string_view right) {
    std::vector<std::size_t> row(right.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < left.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < right.size(); ++j) {
            const std::size_t substitution = diagonal + (left[i] == right[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, substitution});
        }
    }
    return row.back();
}

/// What a file or a library says may hold newlines and terminal codes; a problem is one line of text.
std::string on_one_line(std::string_view text) {
    std::string line;
    for (const char character : text) {
        const auto code = static_cast<unsigned char>(character);
        if (character == '\n') {
            line += "\\n";
        } else if (code < 0x20 || code == 0x7F) {
            line += fmt::format("\\x{:02x}", code);
        } else {
            line += character;
        }
    }
    return line;
}

} // namespace

tl::unexpected<Error> bad_input(std::string file, std::string place, std::string found,
                                std::string expected) {
    return bad_input({Problem{.file = std::move(file),
                              .place = std::move(place),
                              .found = std::move(found),
                              .expected = std::move(expected)}});
}

tl::unexpected<Error> failed(std::string file, std::string place, std::string found, std::string expected) {
    return tl::unexpected(Error{.kind = ErrorKind::failed,
                                .problems = {Problem{.file = std::move(file),
                                                     .place = std::move(place),
                                                     .found = std::move(found),
                                                     .expected = std::move(expected)}}});
}

tl::unexpected<Error> bad_input(std::vector<Problem> problems) {
    TANDEM_CHECK(!problems.empty(), "an error needs at least one problem");
    return tl::unexpected(Error{.kind = ErrorKind::bad_input, .problems = std::move(problems)});
}

std::string to_string(const Problem& problem) {
    std::string text;
    for (const std::string& part : {problem.file, problem.place}) {
        if (!part.empty()) text += part + ": ";
    }
    if (!problem.found.empty()) text += "found " + problem.found;
    if (!problem.expected.empty()) {
        text += fmt::format("{}expected {}", problem.found.empty() ? "" : ", ", problem.expected);
    }
    return on_one_line(text);
}

std::string to_string(const Error& error) {
    std::string text;
    for (const Problem& problem : error.problems) {
        if (!text.empty()) text += '\n';
        text += to_string(problem);
    }
    return text;
}

std::string nearest_word(std::string_view word, const std::vector<std::string>& known) {
    std::string best;
    // A third of the letters may differ: enough for a slip, too little to turn one word into another.
    std::size_t best_distance = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const std::string& candidate : known) {
        const std::size_t distance = edit_distance(word, candidate);
        if (distance < best_distance) {
            best_distance = distance;
            best = candidate;
        }
    }
    return best;
}

std::string with_suggestion(std::string_view word, const std::vector<std::string>& known) {
    const std::string nearest = nearest_word(word, known);
    if (nearest.empty()) return fmt::format("'{}'", word);
    return fmt::format("'{}' (did you mean '{}'?)", word, nearest);
}

} // namespace tandem
