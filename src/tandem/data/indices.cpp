#include "tandem/data/indices.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "tandem/core/files.h"

namespace tandem {
namespace {

/// Each byte that would not print in a line as a question mark.
std::string printable(std::string_view word) {
    std::string shown(word);
    std::replace_if(
        shown.begin(), shown.end(), [](char each) { return each < ' ' || each > '~'; }, '?');
    return shown;
}

} // namespace

Result<std::vector<std::int64_t>> parse_indices(std::string_view text, const std::string& file,
                                                std::int64_t count) {
    constexpr std::string_view kSpace = " \t\r\n\v\f";
    constexpr std::size_t kShown = 20; // of a word that is no number
    std::vector<std::int64_t> indices;
    for (std::size_t begin = text.find_first_not_of(kSpace); begin != std::string_view::npos;) {
        const std::size_t end = std::min(text.find_first_of(kSpace, begin), text.size());
        const std::string_view word = text.substr(begin, end - begin);
        std::int64_t index = -1;
        const auto [rest, error] = std::from_chars(word.data(), word.data() + word.size(), index);
        const bool is_whole = error == std::errc() && rest == word.data() + word.size();
        if (!is_whole || index < 0 || index >= count) {
            return bad_input(file, fmt::format("number {}", indices.size()),
                             printable(word.substr(0, kShown)), fmt::format("an image, 0 to {}", count - 1));
        }
        indices.push_back(index);
        begin = text.find_first_not_of(kSpace, end);
    }
    if (indices.empty()) return bad_input(file, "", "no numbers", "indices of test images");
    return indices;
}

Result<std::vector<std::int64_t>> load_indices(const std::string& path, std::int64_t count) {
    return parse_indices(TANDEM_TRY(read_file(path)), path, count);
}

} // namespace tandem
