#include "tandem/training/checkpoint.h"

#include <fmt/format.h>

#include "tandem/core/files.h"

namespace tandem {

namespace {

std::string first_line(const ContentHash& job, std::string_view contents) {
    const ContentHash hash = Hasher().add(contents).finish();
    return fmt::format("tandem checkpoint 1 {} {}\n", to_string(job), to_string(hash));
}

} // namespace

Result<void> write_checkpoint(const std::filesystem::path& path, const ContentHash& job,
                              std::string_view contents) {
    return write_file(path, first_line(job, contents).append(contents), Existing::replace);
}

Result<std::optional<std::string>> load_checkpoint(const std::filesystem::path& path,
                                                   const ContentHash& job) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return std::nullopt;
    const std::string bytes = TANDEM_TRY(read_file(path));
    const std::size_t begin = bytes.find('\n') + 1; // 0 when there is no line
    const std::string_view contents = std::string_view(bytes).substr(begin);
    const std::string_view line = std::string_view(bytes).substr(0, begin);
    if (line == first_line(job, contents)) return std::string(contents);

    // The same line but for the job tells a sound checkpoint that is not ours.
    const std::string ours = first_line(job, contents);
    const std::size_t digits = to_string(job).size();
    const std::size_t hash_begin = ours.size() - digits - 1;
    if (line.size() == ours.size() && line.substr(hash_begin) == ours.substr(hash_begin)) {
        return bad_input(path.string(), "", "the checkpoint of another job, network or data set",
                         "that of this one; remove it to start afresh");
    }
    return bad_input(path.string(), "", "a damaged checkpoint",
                     "an undamaged one; remove it to start afresh");
}

} // namespace tandem
