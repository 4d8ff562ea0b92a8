#include "tandem/core/process.h"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string_view>

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace tandem {

namespace {

/// Reads until every writer has closed.
std::string read_all(int descriptor) {
    std::string text;
    std::array<char, 4096> part{};
    while (true) {
        const ssize_t count = read(descriptor, part.data(), part.size());
        if (count > 0) {
            text.append(part.data(), static_cast<std::size_t>(count));
        } else if (count == 0 || errno != EINTR) {
            return text;
        }
    }
}

int wait_for(pid_t process) {
    int status = 0;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace

Result<FinishedProcess> run_process(const std::vector<std::string>& arguments) {
    std::array<int, 2> ends{};
    // Closed on exec, so that processes started at the same time by other threads do not hold it open.
    if (pipe2(ends.data(), O_CLOEXEC) != 0) {
        return failed(arguments[0], "", std::strerror(errno), "a pipe to read what it prints");
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDERR_FILENO);
    std::vector<std::string> copies = arguments; // posix_spawn wants them mutable
    std::vector<char*> pointers;
    pointers.reserve(copies.size() + 1);
    for (std::string& argument : copies) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    pid_t process = 0;
    const int error = posix_spawnp(&process, pointers[0], &actions, nullptr, pointers.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    if (error != 0) {
        close(ends[0]);
        return failed(arguments[0], "", std::strerror(error), "a program that can be started");
    }
    std::string output = read_all(ends[0]);
    close(ends[0]);
    return FinishedProcess{.status = wait_for(process), .output = std::move(output)};
}

Bytes peak_memory() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);                    // of this process it cannot fail
    return Bytes(std::int64_t{usage.ru_maxrss} << 10); // Linux counts KiB
}

std::string find_program(const std::string& name) {
    const char* path = std::getenv("PATH"); // NOLINT(concurrency-mt-unsafe): nobody sets variables
    std::string_view rest = path == nullptr ? "" : path;
    while (!rest.empty()) {
        const std::size_t end = std::min(rest.find(':'), rest.size());
        const std::filesystem::path candidate = std::filesystem::path(rest.substr(0, end)) / name;
        if (end > 0 && access(candidate.c_str(), X_OK) == 0 && !std::filesystem::is_directory(candidate)) {
            return candidate.string();
        }
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return {};
}

} // namespace tandem
