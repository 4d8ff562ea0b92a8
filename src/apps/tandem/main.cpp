// The command line: parses, runs one command, turns its outcome into an exit status.

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>

#include <fmt/format.h>

#include "command.h"
#include "tandem/core/check.h"
#include "tandem/core/version.h"
#include "tandem/engine/instruction_set.h"

namespace {

enum ExitStatus : int { kDone = 0, kFailed = 1, kBadInput = 2, kInternalError = 3, kInterrupted = 130 };

ExitStatus status_of(tandem::ErrorKind kind) {
    switch (kind) {
    case tandem::ErrorKind::bad_input: return kBadInput;
    case tandem::ErrorKind::failed: return kFailed;
    case tandem::ErrorKind::interrupted: return kInterrupted;
    }
    return kInternalError;
}

/// Prints a usage error in one line, with the nearest word where a command or option is a slip.
int report_usage(const CLI::App& app, const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error); // --help and --version
    fmt::print(stderr, "tandem: {}\n", error.what());
    return kBadInput;
}

int run(int argc, char** argv) {
    CLI::App app{"Co-designs neural networks and the hardware they run on.", "tandem"};
    app.set_version_flag("--version", fmt::format("tandem {}", tandem::kVersion));
    app.require_subcommand(1);
    app.footer("`tandem COMMAND --help` tells of a command's options and ends with an example.");
    tandem::app::Action action;
    std::vector<std::string> names;
    for (const tandem::app::Command& command : tandem::app::commands()) {
        names.emplace_back(command.name);
        CLI::App* sub = app.add_subcommand(std::string(command.name), std::string(command.description));
        sub->footer(fmt::format("Example:\n  {}", command.example));
        command.add(*sub, action);
    }
    const std::string first = argc > 1 ? argv[1] : "-";
    if (!first.starts_with('-') && std::find(names.begin(), names.end(), first) == names.end()) {
        fmt::print(stderr, "tandem: found command {}, expected one of: {}\n",
                   tandem::with_suggestion(first, names), fmt::join(names, ", "));
        return kBadInput;
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return report_usage(app, error);
    }
    const tandem::Result<void> result = tandem::allowed_instruction_set().and_then(
        [&](tandem::InstructionSet) -> tandem::Result<void> { return action(); });
    if (result) return kDone;
    fmt::print(stderr, "{}\n", tandem::to_string(result.error()));
    return status_of(result.error().kind);
}

} // namespace

int main(int argc, char** argv) {
    // A reader that goes away, as `head` does, is an ordinary write error, not a signal.
    std::signal(SIGPIPE, SIG_IGN);
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        fmt::print(stderr, "internal error: {}\nThis is a defect of Tandem; please report it.\n",
                   error.what());
        return kInternalError;
    }
}
