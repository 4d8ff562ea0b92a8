// Files: whole reads, atomic writes, and the lock that keeps two processes out of one run directory.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/core/result.h"

namespace tandem {

/// The whole file as bytes. Errors: missing, a directory, unreadable.
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path);

/// What to do when the file to be written already exists.
enum class Existing { refuse, replace };

/// Errors: the path exists and is not to be replaced. For what should be refused before work begins.
[[nodiscard]] Result<void> check_replaceable(const std::filesystem::path& path, Existing existing);

/// Writes to a temporary neighbour, flushes it to disk and renames it, so that the path holds the
/// old contents or the new ones, never half of them. Missing parent folders are an error.
[[nodiscard]] Result<void> write_file(const std::filesystem::path& path, std::string_view contents,
                                      Existing existing);

/// Makes the folder and its parents; one that is there is as good. Errors: cannot be made.
[[nodiscard]] Result<void> make_folder(const std::filesystem::path& folder);

/// A new, empty folder that is removed with all it holds when the object goes.
class TemporaryDirectory {
  public:
    [[nodiscard]] static Result<TemporaryDirectory> create();
    TemporaryDirectory(TemporaryDirectory&& other) noexcept;
    TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;
    ~TemporaryDirectory();

    const std::filesystem::path& path() const { return path_; }

  private:
    explicit TemporaryDirectory(std::filesystem::path path);
    std::filesystem::path path_;
};

/// Exclusive use of a folder among processes (an advisory lock on `.lock` inside it), released when
/// the object goes or the process dies.
class DirectoryLock {
  public:
    /// Errors: the folder is in use by another process, or cannot be written.
    [[nodiscard]] static Result<DirectoryLock> acquire(const std::filesystem::path& directory);
    DirectoryLock(DirectoryLock&& other) noexcept;
    DirectoryLock& operator=(DirectoryLock&&) = delete;
    ~DirectoryLock();

  private:
    explicit DirectoryLock(int descriptor) : descriptor_(descriptor) {}
    int descriptor_;
};

} // namespace tandem
