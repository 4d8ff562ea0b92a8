#include "tandem/core/files.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

namespace tandem {

namespace fs = std::filesystem;

namespace {

std::string system_message() { return std::strerror(errno); }

/// Writes every byte, going on after a partial write or a signal.
bool write_all(int descriptor, std::string_view contents) {
    while (!contents.empty()) {
        const ssize_t written = ::write(descriptor, contents.data(), contents.size());
        if (written < 0) {
            if (errno == EINTR) continue;
            return false;
        }
        contents.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

} // namespace

Result<std::string> read_file(const fs::path& path) {
    std::error_code code;
    const fs::file_status status = fs::status(path, code);
    if (status.type() == fs::file_type::not_found) {
        return bad_input(path.string(), "", "no such file", "an existing file");
    }
    if (!fs::status_known(status)) return bad_input(path.string(), "", code.message(), "a readable file");
    if (fs::is_directory(status)) return bad_input(path.string(), "", "a folder", "a file");
    std::ifstream stream(path, std::ios::binary);
    if (!stream) return bad_input(path.string(), "", system_message(), "a readable file");
    std::string contents{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    if (stream.bad()) return failed(path.string(), "", "a read error", "a readable file");
    return contents;
}

Result<void> make_folder(const fs::path& folder) {
    std::error_code code;
    fs::create_directories(folder, code);
    if (code) return failed(folder.string(), "", code.message(), "a folder that can be made");
    return {};
}

Result<void> check_replaceable(const fs::path& path, Existing existing) {
    std::error_code ignored; // what cannot be looked up cannot be opened either, and open says why
    if (existing == Existing::replace || !fs::exists(path, ignored)) return {};
    return bad_input(path.string(), "", "a file that exists already", "a new name, or --force to replace it");
}

Result<void> write_file(const fs::path& path, std::string_view contents, Existing existing) {
    TANDEM_TRY(check_replaceable(path, existing));
    // The process number keeps two writers of one path apart.
    const fs::path temporary = path.string() + fmt::format(".{}.part", ::getpid());
    const int descriptor = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (descriptor < 0) return failed(path.string(), "", system_message(), "a place that can be written");
    bool written = write_all(descriptor, contents) && ::fsync(descriptor) == 0;
    std::string reason = written ? "" : system_message();
    if (::close(descriptor) != 0 && written) {
        written = false;
        reason = system_message();
    }
    if (written && ::rename(temporary.c_str(), path.c_str()) != 0) {
        written = false;
        reason = system_message();
    }
    if (!written) {
        ::unlink(temporary.c_str());
        return failed(path.string(), "", reason, fmt::format("room for {} bytes", contents.size()));
    }
    return {};
}

Result<TemporaryDirectory> TemporaryDirectory::create() {
    std::error_code code;
    const fs::path parent = fs::temp_directory_path(code);
    if (code) return failed("TMPDIR", "", code.message(), "a temporary folder that can be written");
    std::string pattern = (parent / "tandem-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
        return failed(pattern, "", system_message(), "a temporary folder that can be written");
    }
    return TemporaryDirectory(pattern);
}

TemporaryDirectory::TemporaryDirectory(fs::path path) : path_(std::move(path)) {}

TemporaryDirectory::TemporaryDirectory(TemporaryDirectory&& other) noexcept
    : path_(std::exchange(other.path_, {})) {}

TemporaryDirectory::~TemporaryDirectory() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
}

Result<DirectoryLock> DirectoryLock::acquire(const fs::path& directory) {
    const fs::path path = directory / ".lock";
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) {
        return failed(directory.string(), "", system_message(), "a folder that can be written");
    }
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        const bool busy = errno == EWOULDBLOCK;
        const std::string reason = system_message();
        ::close(descriptor);
        if (busy) {
            return bad_input(directory.string(), "", "a run directory in use by another process",
                             "a free one; wait for that process or choose another folder");
        }
        return failed(directory.string(), "", reason, "a folder that can be locked");
    }
    return DirectoryLock(descriptor);
}

DirectoryLock::DirectoryLock(DirectoryLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

DirectoryLock::~DirectoryLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

} // namespace tandem
